import type { Difference } from "./differences.js";
import { settle, type SettleOptions } from "./settled.js";

export interface HealingOptions extends SettleOptions {
  /** Has these rows captured anew. */
  readonly repair: (keys: readonly string[]) => Promise<void>;
}

/** How many of the differences are gone once their rows have come through the pipeline again. */
export async function heal(differences: readonly Difference[], options: HealingOptions): Promise<number> {
  if (differences.length === 0) return 0;
  await options.repair(differences.map(({ key }) => key));
  const left = await settle(differences, options);
  return differences.length - left.differences.length - left.changing.length;
}
