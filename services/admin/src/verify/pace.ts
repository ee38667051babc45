import { setTimeout as delay } from "node:timers/promises";

const SECONDS_AT_ONCE = 1;

/** Keeps to so many rows a second, over any while longer than a second. */
export class Pace {
  readonly #rowsPerSecond: number;
  readonly #signal: AbortSignal;
  #due = 0;

  constructor(rowsPerSecond: number, signal: AbortSignal) {
    this.#rowsPerSecond = rowsPerSecond;
    this.#signal = signal;
  }

  /** Not more should be read by one statement. */
  get rowsAtOnce(): number {
    return Math.max(1, Math.ceil(this.#rowsPerSecond * SECONDS_AT_ONCE));
  }

  /** Resolves when as much time has gone by as these rows may take. @throws the signal's reason. */
  async spend(rows: number): Promise<void> {
    const now = performance.now();
    this.#due = Math.max(this.#due, now) + (rows / this.#rowsPerSecond) * 1000;
    await delay(this.#due - now, undefined, { signal: this.#signal });
  }
}
