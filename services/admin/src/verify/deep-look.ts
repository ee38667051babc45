import { slices } from "@freshet/vector-stores/slices";
import { alteredAmong, alteredRows, type AlteredOptions } from "./altered-rows.js";
import type { Difference } from "./differences.js";
import type { IndexRows } from "./index-rows.js";
import type { SourceRows } from "./source-rows.js";

/** So many are looked at again at once, since each time waits for the pipeline. */
const DIFFERENCES_AT_ONCE = 10_000;
const ROWS_AT_ONCE = 200;

export interface DeepLookOptions extends Omit<AlteredOptions, "index" | "random"> {
  readonly source: Pick<SourceRows, "all" | "read">;
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
}

/** All rows whose points aren't what they say, some at a time: those that still aren't when the pipeline has gone on. */
export async function* deepLook(options: DeepLookOptions): AsyncGenerator<DeepFindings, void, void> {
  const { source, passed } = options;
  const altered = { ...options, random: Math.random };
  let suspects: Difference[] = [];
  const settle = async (): Promise<DeepFindings> => {
    await passed();
    const differences = await lookAgain(suspects, source, altered);
    suspects = [];
    return { differences, healed: await heal(differences, options, altered) };
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
  await repair(differences.map(({ key }) => key));
  await passed();
  return differences.length - (await lookAgain(differences, source, altered)).length;
}

/** Those that are altered now; those that were found by their vectors too, every one. */
async function lookAgain(
  differences: readonly Difference[],
  source: Pick<SourceRows, "read">,
  altered: AlteredOptions,
): Promise<readonly Difference[]> {
  const left: Difference[] = [];
  for (const some of slices(differences, ROWS_AT_ONCE)) {
    const rows = await source.read(some.map(({ key }) => key));
    left.push(...(await alteredAmong([...rows.values()], { ...altered, sample: 1 })));
  }
  return left;
}
