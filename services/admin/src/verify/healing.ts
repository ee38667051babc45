import type { Difference } from "./differences.js";
import { settle, type SettleOptions } from "./settled.js";

/** Has these rows captured anew. Resolves to the keys that it can't, since no row of the table could have them now. */
export type Repair = (keys: readonly string[]) => Promise<readonly string[]>;

export interface HealingOptions extends SettleOptions {
  readonly repair: Repair;
}

export interface Healed {
  /** How many of the differences are gone. */
  readonly healed: number;
  /** Keys that can't be captured, of the others. */
  readonly refused: readonly string[];
}

/** What becomes of the differences once their rows have come through the pipeline again. */
export async function heal(differences: readonly Difference[], options: HealingOptions): Promise<Healed> {
  if (differences.length === 0) return { healed: 0, refused: [] };
  const refused = await options.repair(differences.map(({ key }) => key));
  const left = await settle(differences, options);
  const leftKeys = new Set(left.differences.map(({ key }) => key));
  return {
    healed: differences.length - left.differences.length - left.changing.length,
    refused: refused.filter((key) => leftKeys.has(key)),
  };
}
