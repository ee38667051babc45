import type { Readiness } from "@freshet/process/http-server";
import type { Service } from "@freshet/process/run-service";
import { backOffMs, delay } from "@freshet/streaming/back-off";
import { FatalError } from "@freshet/streaming/errors";
import { explainSourceError, StartError } from "@freshet/postgres/errors";
import type { CdcOptions } from "./cdc-options.js";
import { openSession } from "./open-session.js";
import { SessionLife } from "./session-life.js";
import type { SessionPhase, SourceSession } from "./source-session.js";

/** A session that lasted so long has recovered: the next failure is the first of its own. */
const STEADY_MS = 60_000;

/** Reads the source, for ever: when something breaks, again from what Kafka is known to have. */
export class CdcService implements Service {
  readonly #options: CdcOptions;
  #session: SourceSession | null = null;
  #phase: SessionPhase | "starting" = "starting";
  #trouble: Error | null = null;

  constructor(options: CdcOptions) {
    this.#options = options;
  }

  readiness(): Readiness {
    const trouble = this.#trouble ?? this.#session?.deliveryError ?? null;
    if (trouble !== null) return { ready: false, reason: trouble.message };
    switch (this.#phase) {
      case "starting":
        return { ready: false, reason: "starting" };
      case "standby":
        return { ready: true, reason: "hot standby: another instance reads the source" };
      case "snapshot":
        return { ready: true, reason: this.#describeSnapshots() };
      case "streaming":
        return { ready: true };
      default:
        return this.#phase satisfies never;
    }
  }

  #describeSnapshots(): string {
    const tables = (this.#session?.snapshots ?? []).map(({ table, state, trouble }) => {
      if (trouble !== undefined) return `${table} (${trouble})`;
      if (state === null) return `${table} (about to begin)`;
      const { rows, estimatedRows } = state;
      const percent = estimatedRows === null || estimatedRows === 0 ? null : Math.round((100 * rows) / estimatedRows);
      return `${table} (${rows} rows${percent === null ? "" : `, ${Math.min(100, percent)} %`})`;
    });
    return `taking a snapshot of ${tables.join(", ")}`;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { logger, metrics } = this.#options;
    const isStopping = () => signal.aborted;
    for (let failures = 1; !isStopping(); failures++) {
      const begun = performance.now();
      try {
        await this.#read(signal);
        return;
      } catch (caught) {
        if (isStopping()) return;
        const error = explainSourceError(caught);
        if (error instanceof FatalError || (error instanceof StartError && this.#phase === "starting")) throw error;
        this.#trouble = error;
        metrics.reconnects.inc();
        if (performance.now() - begun > STEADY_MS) failures = 1;
        const delayMs = backOffMs(failures);
        logger.warn({ failures, delayMs: Math.round(delayMs) }, `${error.message} Trying again.`);
        logger.debug({ stack: error.stack }, "the session's end");
        await delay(delayMs, signal).catch(() => undefined);
      }
    }
  }

  #read(signal: AbortSignal): Promise<void> {
    const onPhase = (phase: SessionPhase) => {
      this.#phase = phase;
      this.#trouble = null;
    };
    this.#session = openSession({ ...this.#options, life: new SessionLife(signal), onPhase });
    return this.#session.run(signal);
  }
}
