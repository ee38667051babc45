import { slices } from "@freshet/vector-stores/slices";
import { alteredAmong, alteredRows, type AlteredOptions, type AlteredRow } from "./altered-rows.js";
import type { Difference } from "./differences.js";
import type { IndexRows } from "./index-rows.js";
import type { SourceRows } from "./source-rows.js";

/** So many are looked at again at once, since each time waits for the pipeline. */
const DIFFERENCES_AT_ONCE = 10_000;
const ROUNDS = 5;

export interface DeepLookOptions extends Omit<AlteredOptions, "index" | "random"> {
  readonly source: Pick<SourceRows, "all" | "read" | "keysAtOnce">;
  readonly index: Pick<IndexRows, "whole">;
  /** See SettleOptions. */
  readonly passed: () => Promise<void>;
  /** See HealingOptions; null: differences are only told. */
  readonly repair: ((keys: readonly string[]) => Promise<void>) | null;
}

export interface DeepFindings {
  readonly differences: readonly Difference[];
  /** Of these, how many are gone after a repair. */
  readonly healed: number;
  /** Rows without a hash that were written between any two looks: what differed may have been on its way. */
  readonly changing: number;
}

/** All rows whose points aren't what they say, some at a time: those that still aren't when the pipeline has gone on. */
export async function* deepLook(options: DeepLookOptions): AsyncGenerator<DeepFindings, void, void> {
  const { source, passed } = options;
  const altered = { ...options, random: Math.random };
  let suspects: AlteredRow[] = [];
  const settle = async (): Promise<DeepFindings> => {
    const differences: Difference[] = [];
    for (let round = 0; round < ROUNDS && suspects.length > 0; round += 1) {
      const before = new Map(suspects.map(({ difference, state }) => [difference.key, state]));
      await passed();
      const left = await lookAgain([...before.keys()], source, altered);
      const isLeftAlone = ({ difference, state }: AlteredRow) => before.get(difference.key) === state;
      differences.push(...left.filter(isLeftAlone).map(({ difference }) => difference));
      suspects = left.filter((row) => !isLeftAlone(row));
    }
    const changing = suspects.length;
    suspects = [];
    return { differences, changing, healed: await heal(differences, options, altered) };
  };
  for await (const found of alteredRows(source, altered)) {
    suspects.push(...found);
    if (suspects.length >= DIFFERENCES_AT_ONCE) yield await settle();
  }
  if (suspects.length > 0) yield await settle();
}

/** One that has changed since is of another state, and so healed. */
async function heal(
  differences: readonly Difference[],
  { repair, passed, source }: DeepLookOptions,
  altered: AlteredOptions,
): Promise<number> {
  if (repair === null || differences.length === 0) return 0;
  const keys = differences.map(({ key }) => key);
  await repair(keys);
  await passed();
  return differences.length - (await lookAgain(keys, source, altered)).length;
}

/** Those that are altered now; those that were found by their vectors too, every one. */
async function lookAgain(
  keys: readonly string[],
  source: Pick<SourceRows, "read" | "keysAtOnce">,
  altered: AlteredOptions,
): Promise<readonly AlteredRow[]> {
  const left: AlteredRow[] = [];
  for (const some of slices(keys, source.keysAtOnce)) {
    const rows = await source.read(some);
    left.push(...(await alteredAmong([...rows.values()], { ...altered, sample: 1 })));
  }
  return left;
}
