import type { JobState } from "@freshet/schemas/service-state";
import { Counter, Gauge, type Registry } from "prom-client";

const RESULTS = ["ok", "found", "failed", "interrupted"] as const satisfies NonNullable<JobState["last"]>["result"][];

/** Of the jobs, by name: only the scheduler that leads shows them, so that no old figures stay elsewhere. */
export class SchedulerMetrics {
  readonly #leading: Gauge;
  readonly #runs: Counter;
  readonly #skipped: Counter;
  readonly #running: Gauge;
  readonly #result: Gauge;
  readonly #finishedAt: Gauge;
  readonly #okAt: Gauge;
  readonly #seconds: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ["name", "job"];
    const gauge = (name: string, help: string, labels: string[] = labelNames) =>
      new Gauge({ name: `freshet_scheduler_${name}`, help, labelNames: labels, registers });
    const counter = (name: string, help: string, labels: string[] = labelNames) =>
      new Counter({ name: `freshet_scheduler_${name}`, help, labelNames: labels, registers });
    this.#leading = gauge("leading", "Whether this process runs the jobs (1) or stands by (0)", []);
    this.#runs = counter("job_runs_total", "Runs that ended here, by result", [...labelNames, "result"]);
    this.#skipped = counter("job_skipped_total", "Due times that were left out because the job ran still");
    this.#running = gauge("job_running", "Whether the job runs now");
    this.#result = gauge("job_last_result", "1 for the result of the last run", [...labelNames, "result"]);
    this.#finishedAt = gauge("job_last_run_timestamp_seconds", "When the last run ended");
    this.#okAt = gauge("job_last_ok_timestamp_seconds", "When a run last ended with ok");
    this.#seconds = gauge("job_last_duration_seconds", "How long the last run took");
    this.#leading.set(0);
  }

  lead(): void {
    this.#leading.set(1);
  }

  standBy(): void {
    this.#leading.set(0);
    for (const gauge of [this.#running, this.#result, this.#finishedAt, this.#okAt, this.#seconds]) gauge.reset();
  }

  show({ name, job, running, last, lastOkAt }: JobState): void {
    const labels = { name, job };
    this.#running.set(labels, running === null ? 0 : 1);
    if (lastOkAt !== null) this.#okAt.set(labels, lastOkAt / 1000);
    if (last === null) return;
    this.#finishedAt.set(labels, last.finishedAt / 1000);
    this.#seconds.set(labels, Math.max(0, last.finishedAt - last.startedAt) / 1000);
    for (const result of RESULTS) this.#result.set({ ...labels, result }, result === last.result ? 1 : 0);
  }

  /** A run is over. */
  count({ name, job, last }: JobState): void {
    if (last === null) return;
    this.#runs.inc({ name, job, result: last.result });
    this.#skipped.inc({ name, job }, last.skipped);
  }
}
