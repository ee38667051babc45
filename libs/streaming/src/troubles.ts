import type { Logger } from "./logger.js";
import type { StreamMetrics } from "./metrics.js";
import { type RetryOptions, retrying } from "./retry.js";

interface Options {
  readonly logger: Logger;
  readonly metrics: StreamMetrics;
  /** Empty for a delivery channel. */
  readonly group: string;
}

/** One thing that is tried until it succeeds. */
export class Trouble {
  readonly #options: Options;
  readonly #stage: string;
  readonly #current: Map<Trouble, Error>;

  constructor(options: Options, stage: string, current: Map<Trouble, Error>) {
    this.#options = options;
    this.#stage = stage;
    this.#current = current;
  }

  failed(error: Error, attempt: number, delayMs: number): void {
    const { group, logger, metrics } = this.#options;
    const stage = this.#stage;
    this.#current.set(this, error);
    metrics.retries.inc({ group, stage });
    const details = { group, stage, attempt, delayMs: Math.round(delayMs), error: error.message };
    // Once is a hiccup, such as a coordinator that moves; nobody has to read of it.
    logger[attempt === 1 ? "info" : "warn"](details, `${error.message} Trying again (${stage}).`);
  }

  /** It works. */
  over(): void {
    if (!this.#current.delete(this)) return;
    const { group, logger } = this.#options;
    logger.info({ group, stage: this.#stage }, `Works again (${this.#stage}).`);
  }

  /** Whether it is tried again is no question any more: what it was for is given up. */
  forget(): void {
    this.#current.delete(this);
  }
}

/** What is being tried again just now: logged, counted, and the reason why this process isn't ready. */
export class Troubles {
  readonly #options: Options;
  readonly #current = new Map<Trouble, Error>();

  constructor(options: Options) {
    this.#options = options;
  }

  begin(stage: string): Trouble {
    return new Trouble(this.#options, stage, this.#current);
  }

  /** Works until it succeeds, as `retrying` does, visibly under the stage's name. */
  async retrying<T>(
    stage: string,
    work: (attempt: number) => T | Promise<T>,
    options: Omit<RetryOptions, "onFailure">,
  ): Promise<T> {
    const trouble = this.begin(stage);
    try {
      const result = await retrying(work, {
        ...options,
        onFailure: (error, attempt, delayMs) => trouble.failed(error, attempt, delayMs),
      });
      trouble.over();
      return result;
    } finally {
      trouble.forget();
    }
  }

  /** The oldest trouble that isn't over. */
  get current(): Error | undefined {
    return this.#current.values().next().value;
  }
}
