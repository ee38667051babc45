import type { Readiness } from "@freshet/process/http-server";
import type { Service } from "@freshet/process/run-service";
import { Bell } from "@freshet/streaming/bell";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import type { Leadership, Term } from "@freshet/streaming/leadership";
import type { Troubles } from "@freshet/streaming/troubles";
import { JobRecords } from "./job-records.js";
import { keepJob, type KeepJobOptions } from "./keep-job.js";
import type { PlannedJob } from "./job-plan.js";
import type { SchedulerMetrics } from "./scheduler-metrics.js";

export interface SchedulerOptions {
  readonly jobs: readonly PlannedJob[];
  readonly run: KeepJobOptions["run"];
  readonly leadership: Leadership;
  readonly connection: KafkaConnection;
  readonly sessionTimeoutMs: number;
  /** Names the installation. */
  readonly slot: string;
  readonly metrics: SchedulerMetrics;
  readonly troubles: Troubles;
}

/** Runs the configured jobs when they are due, as long as this process leads. */
export class Scheduler implements Service {
  readonly #options: SchedulerOptions;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#options.leadership.run((term) => this.#lead(term), signal);
  }

  readiness(): Readiness {
    const { leadership, troubles } = this.#options;
    const trouble = troubles.current;
    return trouble === undefined ? leadership.readiness() : { ready: false, reason: trouble.message };
  }

  async #lead(term: Term): Promise<void> {
    const { metrics, sessionTimeoutMs, ...options } = this.#options;
    const records = await JobRecords.open({ ...options, term }, sessionTimeoutMs);
    try {
      metrics.lead();
      await this.#keepJobs(records, term);
    } finally {
      metrics.standBy();
      await records.close();
    }
  }

  /** One that can't be kept ends the others. */
  async #keepJobs(records: JobRecords, term: Term): Promise<void> {
    const { jobs, run, slot, metrics, connection } = this.#options;
    const { logger, clientId } = connection;
    const known = await records.read();
    const failed = new AbortController();
    const signal = AbortSignal.any([term.signal, failed.signal]);
    const options = { run, records, metrics, logger, slot, instance: clientId, signal };
    const keeping = jobs.map(async (job) => {
      try {
        await keepJob(job, known.get(job.name) ?? undefined, options);
      } finally {
        failed.abort();
      }
    });
    const configured = new Set(jobs.map(({ name }) => name));
    for (const name of known.keys()) if (!configured.has(name)) keeping.push(records.remove(name));
    const results = await Promise.allSettled(keeping);
    for (const result of results) if (result.status === "rejected") throw result.reason;
    if (jobs.length === 0) await new Bell().wait({ signal: term.signal });
  }
}
