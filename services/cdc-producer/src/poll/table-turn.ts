import type { Logger } from "@freshet/streaming/logger";
import type { PollMetrics } from "./poll-metrics.js";
import type { RoundStatistics } from "./polling-round.js";
import type { SyncRequests } from "./sync-requests.js";
import type { TablePoller } from "./table-poller.js";

/** `lock_not_available`: a lock_timeout is over. */
const LOCK_NOT_AVAILABLE = "55P03";

export interface TableTurnOptions {
  readonly poller: TablePoller;
  readonly requests: SyncRequests;
  readonly metrics: PollMetrics;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** When a table is read. One that somebody has locked is left until the next interval, so the others don't wait for it. */
export class TableTurn {
  readonly #options: TableTurnOptions;
  /** Of the next round, by performance.now(). */
  #dueAt = 0;
  /** Nothing is read before it, by performance.now(). */
  #heldUntil = 0;

  constructor(options: TableTurnOptions) {
    this.#options = options;
  }

  /** Looks at the table for the first time. @throws {SourceError} when it can't be polled. */
  async begin(): Promise<void> {
    await this.#unlessLocked(() => this.#options.poller.look());
  }

  /** Reads what is to be read now. @returns ms until there is more. */
  async take(): Promise<number> {
    const { poller, requests } = this.#options;
    const held = this.#heldUntil - performance.now();
    if (held > 0 && !requests.isAsked(poller.label)) return held;
    const pause = await this.#unlessLocked(() => this.#read());
    return pause ?? this.#options.intervalMs;
  }

  async #read(): Promise<number> {
    const { poller, requests, intervalMs, signal } = this.#options;
    // A load first, whose beginning makes it forget what the rounds have seen.
    const pause = await poller.read();
    if (signal.aborted) return 0;
    const now = performance.now();
    if (requests.isAsked(poller.label) || now >= this.#dueAt) {
      this.#dueAt = now + intervalMs;
      await requests.answer(poller.label, () => this.#round());
    }
    return Math.min(pause ?? Infinity, this.#dueAt - performance.now());
  }

  async #round(): Promise<RoundStatistics> {
    const { poller, metrics } = this.#options;
    const begun = performance.now();
    const statistics = await poller.round();
    metrics.completed(poller.label, statistics, begun);
    return statistics;
  }

  /** Undefined: somebody has locked the table. */
  async #unlessLocked<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
      const { poller, requests, intervalMs, logger } = this.#options;
      requests.refuse(poller.label, `${poller.label} is locked`);
      this.#heldUntil = performance.now() + intervalMs;
      logger.warn(
        { table: poller.label, retryInSeconds: intervalMs / 1000 },
        `somebody has locked ${poller.label}: it is read again when that is over, and the other tables meanwhile`,
      );
      return undefined;
    }
  }
}
