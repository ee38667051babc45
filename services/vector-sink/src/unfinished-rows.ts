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
    const planned = this.#planned.get(signal) ?? new Map<string, RowOutcome>();
    this.#planned.set(signal, planned);
    const name = nameOf(outcome);
    const first = planned.get(name) ?? outcome;
    planned.set(name, first);
    return first;
  }

  /** They are durable, or given up. */
  finish(signal: AbortSignal, outcomes: readonly RowOutcome[]): void {
    const planned = this.#planned.get(signal);
    for (const outcome of outcomes) planned?.delete(nameOf(outcome));
  }
}

function nameOf({ key, position }: RowOutcome): string {
  return `${position === null ? "" : formatPosition(position)} ${key}`;
}
