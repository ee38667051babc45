import type { Difference, DifferenceKind } from "./differences.js";

const EXAMPLES = 20;

export type DifferenceCounts = Readonly<Record<DifferenceKind, number>>;

export interface RefusedKeys {
  readonly count: number;
  /** The first of them. */
  readonly keys: readonly string[];
}

/** Counts differences, and keeps the first of each kind. */
export class DifferenceTally {
  readonly #counts = { missing: 0, stale: 0, incomplete: 0, superfluous: 0, orphaned: 0, altered: 0 };
  readonly #examples: Difference[] = [];
  readonly #refusedKeys: string[] = [];
  #refused = 0;

  add(differences: readonly Difference[]): void {
    for (const difference of differences) {
      this.#counts[difference.kind] += 1;
      if (this.#counts[difference.kind] <= EXAMPLES) this.#examples.push(difference);
    }
  }

  /** Of the differences, those whose rows can't be captured again. */
  addRefused(keys: readonly string[]): void {
    this.#refused += keys.length;
    this.#refusedKeys.push(...keys.slice(0, EXAMPLES - this.#refusedKeys.length));
  }

  get refused(): RefusedKeys {
    return { count: this.#refused, keys: this.#refusedKeys };
  }

  get counts(): DifferenceCounts {
    return { ...this.#counts };
  }

  get examples(): readonly Difference[] {
    return this.#examples;
  }
}
