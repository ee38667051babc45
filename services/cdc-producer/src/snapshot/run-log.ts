import type { SnapshotState } from "@freshet/schemas/service-state";
import type { Logger } from "@freshet/streaming/logger";

const INTERVAL_MS = 10_000;

/** Says now and then how far a snapshot is, and what holds it up. */
export class RunLog {
  readonly #logger: Logger;
  readonly #table: string;
  readonly #timer: NodeJS.Timeout;
  readonly #startedAt = performance.now();
  #state: SnapshotState | null = null;
  #rowsBefore = 0;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(logger: Logger, table: string) {
    this.#logger = logger;
    this.#table = table;
    this.#timer = setInterval(() => this.#say("snapshot: reading"), INTERVAL_MS);
    this.#timer.unref();
  }

  begun(state: SnapshotState): void {
    this.#state = state;
    this.#rowsBefore = state.rows;
    const { rows, estimatedRows } = state;
    const message = rows > 0 ? "snapshot: going on where it stopped" : "snapshot: begun";
    this.#logger.info({ table: this.#table, rows, estimatedRows }, message);
  }

  reached(state: SnapshotState): void {
    this.#state = state;
  }

  heldUp(reason: string): void {
    if (performance.now() - this.#warnedAt < INTERVAL_MS) return;
    this.#warnedAt = performance.now();
    this.#logger.warn({ table: this.#table }, `snapshot: ${reason}`);
  }

  done(): void {
    this.#say("snapshot: done");
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #say(message: string): void {
    if (this.#state === null) return;
    const { rows, estimatedRows } = this.#state;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const rowsPerSecond = Math.round((rows - this.#rowsBefore) / Math.max(seconds, 0.001));
    const rowsLeft = estimatedRows === null ? null : Math.max(0, estimatedRows - rows);
    const secondsLeft = rowsLeft === null || rowsPerSecond === 0 ? null : Math.round(rowsLeft / rowsPerSecond);
    this.#logger.info({ table: this.#table, rows, rowsPerSecond, rowsLeft, secondsLeft }, message);
  }
}
