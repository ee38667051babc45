import { Bell } from "@freshet/streaming/bell";
import type { Logger } from "@freshet/streaming/logger";
import type { JobState } from "@freshet/schemas/service-state";
import { attempt } from "./attempt.js";
import { begun, corrected, decide, ended, takenOver, type JobOutcome, type PlannedJob } from "./job-plan.js";
import type { JobRecords } from "./job-records.js";
import type { SchedulerMetrics } from "./scheduler-metrics.js";

export interface KeepJobOptions {
  readonly run: (job: PlannedJob, signal: AbortSignal) => Promise<JobOutcome>;
  readonly records: Pick<JobRecords, "write">;
  readonly metrics: SchedulerMetrics;
  readonly logger: Logger;
  readonly slot: string;
  /** This process. */
  readonly instance: string;
  readonly signal: AbortSignal;
}

/** The clock may be set, or stand still with the machine, so it is looked at now and then. */
const LOOK_MS = 10_000;

/**
 * Runs a job whenever it is due, one run after the other, until the signal is aborted. That a run begins is durable before
 * it does, so whoever comes next knows of it. @throws what a record's writing throws.
 */
export async function keepJob(
  job: PlannedJob,
  before: JobState | undefined,
  { run, records, metrics, logger, slot, instance, signal }: KeepJobOptions,
): Promise<void> {
  const { name, settings } = job;
  const write = async (next: JobState): Promise<JobState> => {
    await records.write(next);
    metrics.show(next);
    return next;
  };
  let state = await write(takenOver(before, job, { slot, now: Date.now() }));
  while (!signal.aborted) {
    const now = Date.now();
    state = corrected(state, now);
    const decision = decide(state, settings, now);
    if (decision.kind === "wait") {
      await new Bell().wait({ timeoutMs: Math.min(decision.until - now, LOOK_MS), signal });
      continue;
    }
    const { due, attempt: count } = decision;
    const running = { due, attempt: count, startedAt: now, instance };
    state = await write(begun(state, running));
    logger.info({ name, job: settings.job, due: new Date(due).toISOString(), attempt: count }, "The job begins.");
    const { timeoutMinutes } = settings;
    const outcome = await attempt((end) => run(job, end), { signal, timeoutMinutes });
    state = await write(ended(state, running, outcome, { now: Date.now(), settings }));
    metrics.count(state);
    report(logger, state);
  }
}

function report(logger: Logger, { name, job, last }: JobState): void {
  if (last === null) return;
  const { result, message, skipped, startedAt, finishedAt } = last;
  const details = { name, job, result, seconds: (finishedAt - startedAt) / 1000, skipped };
  logger[result === "ok" ? "info" : "warn"](details, message);
}
