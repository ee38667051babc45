import type { Logger } from "./logger.js";
import type { StreamMetrics } from "./metrics.js";

export interface Failure {
  readonly stage: string;
  readonly error: Error;
  readonly attempt: number;
  readonly delayMs: number;
}

/** What is being tried again just now: logged, counted, and the reason why this process isn't ready. */
export class Troubles {
  readonly #logger: Logger;
  readonly #metrics: StreamMetrics;
  readonly #group: string;
  readonly #current = new Map<string, Error>();

  constructor({ logger, metrics, group }: { logger: Logger; metrics: StreamMetrics; group: string }) {
    this.#logger = logger;
    this.#metrics = metrics;
    this.#group = group;
  }

  failed({ stage, error, attempt, delayMs }: Failure): void {
    this.#current.set(stage, error);
    this.#metrics.retries.inc({ group: this.#group, stage });
    const details = { group: this.#group, stage, attempt, delayMs: Math.round(delayMs), error: error.message };
    // Once is a hiccup, such as a coordinator that moves; nobody has to read of it.
    this.#logger[attempt === 1 ? "info" : "warn"](details, `${error.message} Trying again (${stage}).`);
  }

  /** Whether it is tried again is no question any more: what it was for is given up. */
  forget(stage: string): void {
    this.#current.delete(stage);
  }

  over(stage: string): void {
    if (!this.#current.delete(stage)) return;
    this.#logger.info({ group: this.#group, stage }, `Works again (${stage}).`);
  }

  /** The oldest trouble that isn't over. */
  get current(): Error | undefined {
    return this.#current.values().next().value;
  }
}
