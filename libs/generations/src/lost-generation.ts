import type { GenerationsState } from "@freshet/schemas/index-generations";

/**
 * Whether a generation that a store has is of a record that was lost: this one has never given its number. One whose number
 * it has given, and that it has no more, was dropped.
 *
 * @param state undefined before a transformer has recorded the first generation.
 */
export function isOfLostRecord(state: GenerationsState | undefined, generation: number): boolean {
  const { last, skipped = [] } = state ?? { last: 1 };
  return generation > last || skipped.includes(generation);
}
