import { comparePositions, type Position } from "@freshet/schemas/position";
import type { ChangeEvent } from "@freshet/schemas/change-event";

/** A table's topic as a sink applies it: what is older than what it has is skipped, control messages take away. */
export class AppliedRows {
  readonly #rows = new Map<string, { readonly position: Position; readonly row: unknown }>();

  /** What is left of these, by key. */
  static of(events: Iterable<{ readonly key: string; readonly event: ChangeEvent | null }>): Map<string, unknown> {
    const applied = new AppliedRows();
    for (const { key, event } of events) applied.#apply(key, event);
    return applied.#left;
  }

  #apply(key: string, event: ChangeEvent | null): void {
    // The delete before the tombstone has said it.
    if (event === null) return;
    const { position } = event.source;
    if (event.op === "t" || event.op === "m") {
      // In these tests each partition gets it at the same place among its rows.
      for (const [key, row] of this.#rows) if (comparePositions(row.position, position) < 0) this.#rows.delete(key);
      return;
    }
    const known = this.#rows.get(key);
    if (known && comparePositions(position, known.position) < 0) return;
    this.#rows.set(key, { position, row: "after" in event ? event.after : null });
  }

  /** Without those that are deleted. */
  get #left(): Map<string, unknown> {
    return new Map([...this.#rows].filter(([, { row }]) => row !== null).map(([key, { row }]) => [key, row]));
  }
}
