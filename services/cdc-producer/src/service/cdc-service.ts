import type { Readiness } from "@freshet/process/http-server";
import type { Service } from "@freshet/process/run-service";
import { backOffMs, delay } from "@freshet/streaming/back-off";
import { FatalError } from "@freshet/streaming/errors";
import { explainSourceError, StartError } from "@freshet/postgres/errors";
import type { CdcOptions } from "./cdc-options.js";
import { CdcSession, type SessionPhase } from "./cdc-session.js";
import { SessionLife } from "./session-life.js";

/** A session that lasted so long has recovered: the next failure is the first of its own. */
const STEADY_MS = 60_000;

/** Reads the source, for ever: when something breaks, again from what Kafka is known to have. */
export class CdcService implements Service {
  readonly #options: CdcOptions;
  #session: CdcSession | null = null;
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
        return { ready: true, reason: "hot standby: another instance reads the slot" };
      case "snapshot":
        return { ready: true, reason: "taking a snapshot" };
      case "streaming":
        return { ready: true };
      default:
        return this.#phase satisfies never;
    }
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
    this.#session = new CdcSession({ ...this.#options, life: new SessionLife(signal), onPhase });
    return this.#session.run(signal);
  }
}
