import type { Difference, DifferenceKind } from "./differences.js";

const EXAMPLES = 20;

export type DifferenceCounts = Readonly<Record<DifferenceKind, number>>;

/** Counts differences, and keeps the first of each kind. */
export class DifferenceTally {
  readonly #counts = { missing: 0, stale: 0, incomplete: 0, superfluous: 0, orphaned: 0, altered: 0 };
  readonly #examples: Difference[] = [];

  add(differences: readonly Difference[]): void {
    for (const difference of differences) {
      this.#counts[difference.kind] += 1;
      if (this.#counts[difference.kind] <= EXAMPLES) this.#examples.push(difference);
    }
  }

  get counts(): DifferenceCounts {
    return { ...this.#counts };
  }

  get examples(): readonly Difference[] {
    return this.#examples;
  }
}
