import { slices } from "@freshet/vector-stores/slices";
import { alteredAmong, alteredRows, type AlteredOptions, type AlteredRow } from "./altered-rows.js";
import type { Difference } from "./differences.js";
import type { Repair } from "./healing.js";
import type { IndexRows } from "./index-rows.js";
import { lookAgain, type Looks } from "./looks.js";
import type { SourceRows } from "./source-rows.js";

/** So many are looked at again at once, since each time waits for the pipeline. */
const DIFFERENCES_AT_ONCE = 10_000;

export interface DeepLookOptions extends Omit<AlteredOptions, "index" | "random"> {
  readonly source: Pick<SourceRows, "all" | "read" | "keysAtOnce">;
  readonly index: Pick<IndexRows, "whole">;
  readonly passed: Looks<unknown>["passed"];
  /** Null: differences are only told. */
  readonly repair: Repair | null;
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
  const looks: Looks<AlteredRow> = {
    passed,
    look: (rows) => alteredNow(keysOf(rows), source, altered),
    wasLeftAlone: (before, now) => before.state === now.state,
  };
  const suspects = new Map<string, AlteredRow>();
  const settle = async (): Promise<DeepFindings> => {
    const { left, changing } = await lookAgain(suspects, looks);
    suspects.clear();
    const healed = await heal(keysOf(left), options, altered);
    return { differences: left.map(({ difference }) => difference), changing: changing.length, healed };
  };
  for await (const found of alteredRows(source, altered)) {
    for (const row of found) suspects.set(row.difference.key, row);
    if (suspects.size >= DIFFERENCES_AT_ONCE) yield await settle();
  }
  if (suspects.size > 0) yield await settle();
}

/** One that has changed since is of another state, and so healed. */
async function heal(
  keys: readonly string[],
  { repair, passed, source }: DeepLookOptions,
  altered: AlteredOptions,
): Promise<number> {
  if (repair === null || keys.length === 0) return 0;
  await repair(keys);
  await passed();
  return keys.length - (await alteredNow(keys, source, altered)).size;
}

/** Those that are altered now, by key; those that were found by their vectors too, every one. */
async function alteredNow(
  keys: readonly string[],
  source: Pick<SourceRows, "read" | "keysAtOnce">,
  altered: AlteredOptions,
): Promise<Map<string, AlteredRow>> {
  const left = new Map<string, AlteredRow>();
  for (const some of slices(keys, source.keysAtOnce)) {
    const rows = await source.read(some);
    for (const row of await alteredAmong([...rows.values()], { ...altered, sample: 1 }))
      left.set(row.difference.key, row);
  }
  return left;
}

function keysOf(rows: readonly AlteredRow[]): string[] {
  return rows.map(({ difference }) => difference.key);
}
