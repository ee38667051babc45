import { formatPosition } from "@freshet/schemas/position";
import type { RowOutcome } from "./plan/row-outcome.js";

/**
 * What was planned for rows of batches that aren't done. A batch that is tried again finds in the store what its own
 * first attempt wrote, and would call a new row unchanged, or half written, updated: the first plan says what it was.
 *
 * Kept for as long as the batch's signal lives: whoever has the partitions after that knows nothing of it.
 */
export class UnfinishedRows {
  readonly #planned = new WeakMap<AbortSignal, Map<string, RowOutcome>>();

  /** Before a row is written. @returns what was planned for it first. */
  plan(signal: AbortSignal, outcome: RowOutcome): RowOutcome {
    const planned = this.#planned.get(signal);
    // Nearly always, and its name costs.
    if (!planned || planned.size === 0) return outcome;
    return planned.get(nameOf(outcome)) ?? outcome;
  }

  /** When some of a batch's rows may have to be written again. @param outcomes what was planned for its rows so far. */
  keep(signal: AbortSignal, outcomes: readonly RowOutcome[]): void {
    const planned = this.#planned.get(signal) ?? new Map<string, RowOutcome>();
    this.#planned.set(signal, planned);
    for (const outcome of outcomes) {
      const name = nameOf(outcome);
      if (!planned.has(name)) planned.set(name, outcome);
    }
  }

  /** They are durable, or given up. */
  finish(signal: AbortSignal, outcomes: readonly RowOutcome[]): void {
    const planned = this.#planned.get(signal);
    if (!planned || planned.size === 0) return;
    for (const outcome of outcomes) planned.delete(nameOf(outcome));
  }
}

function nameOf({ key, position }: RowOutcome): string {
  return `${position === null ? "" : formatPosition(position)} ${key}`;
}
