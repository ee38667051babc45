import type { GenerationsState } from "@freshet/schemas/index-generations";
import { ended, forgotten, switching, verifying } from "./record-changes.js";
import type { Waiting } from "./waiting.js";

/** What a look at one store of the index has shown. */
export interface StoreSeen {
  readonly store: string;
  /** The collections that are there, by their generation's number. */
  readonly collections: ReadonlyMap<number, string>;
  /** The collection that searches are sent to; null for none. */
  readonly alias: string | null;
}

/** A store that can't be looked at now, and why. */
export interface StoreAway {
  readonly store: string;
  readonly trouble: string;
}

export interface Seen {
  readonly stores: readonly (StoreSeen | StoreAway)[];
  /** Who has still to read what, of the generation that is to answer; empty when it has all but the last seconds' changes. */
  readonly behind: readonly Waiting[];
  /** Whether that generation was compared with its table in every store, or is not to be. */
  readonly verified: boolean;
  /** Ms since the Unix epoch. */
  readonly now: number;
}

/** Services hear of the record within a second; who hasn't could make anew what was removed, and nobody would remove it then. */
const HEARD_MS = 3_000;

export type Step =
  /** To be written in the place of the state that was decided from. */
  | { readonly kind: "write"; readonly state: GenerationsState }
  | { readonly kind: "verify"; readonly generation: number }
  /** No store has anything of these generations: their groups and topics go, then they leave the record. */
  | { readonly kind: "remove"; readonly generations: readonly number[]; readonly state: GenerationsState }
  | { readonly kind: "wait"; readonly for: readonly Waiting[] }
  | { readonly kind: "done" };

/**
 * What is to be done next, from nothing but what is recorded and what is there: whoever is interrupted anywhere, or works
 * beside another, goes on by asking again.
 */
export function nextStep(state: GenerationsState, seen: Seen): Step {
  const { reindex } = state;
  if (reindex === null) return nextRemoval(state, seen);
  const { generation } = reindex;
  if (!state.generations.some(({ number, dropping }) => number === generation && !dropping)) {
    return { kind: "write", state: ended(state, seen.now) };
  }
  switch (reindex.step) {
    case "filling": {
      const waitsFor = [...missingCollections(generation, seen), ...seen.behind];
      if (waitsFor.length > 0) return { kind: "wait", for: waitsFor };
      return { kind: "write", state: verifying(state, seen.now) };
    }
    case "verifying":
      return seen.verified ? { kind: "write", state: switching(state, seen.now) } : { kind: "verify", generation };
    case "switching": {
      const waitsFor = otherAliases(generation, seen);
      if (waitsFor.length > 0) return { kind: "wait", for: waitsFor };
      return { kind: "write", state: ended(state, seen.now) };
    }
    default:
      return reindex.step satisfies never;
  }
}

function nextRemoval(state: GenerationsState, { stores, now }: Seen): Step {
  const dropping = state.generations.filter((one) => one.dropping).map(({ number }) => number);
  if (dropping.length === 0) return { kind: "done" };
  // Of another machine's clock, which may be ahead.
  const age = now - state.updatedAt;
  if (age >= 0 && age < HEARD_MS) {
    return { kind: "wait", for: [{ who: "services", says: "the services are being told", mark: String(now) }] };
  }
  const waitsFor = stores.flatMap((seen) => {
    if ("trouble" in seen) return [away(seen)];
    const left = dropping.filter((number) => seen.collections.has(number));
    return left.length === 0 ? [] : [sinkOf(seen, `hasn't dropped generation ${left.join(" and ")}`, left.join())];
  });
  if (waitsFor.length > 0) return { kind: "wait", for: waitsFor };
  return { kind: "remove", generations: dropping, state: forgotten(state, dropping, now) };
}

function missingCollections(generation: number, { stores }: Seen): Waiting[] {
  return stores.flatMap((seen) => {
    if ("trouble" in seen) return [away(seen)];
    return seen.collections.has(generation) ? [] : [sinkOf(seen, `has no collection for generation ${generation}`)];
  });
}

function otherAliases(generation: number, { stores }: Seen): Waiting[] {
  return stores.flatMap((seen) => {
    if ("trouble" in seen) return [away(seen)];
    const collection = seen.collections.get(generation);
    const isSwitched = collection !== undefined && seen.alias === collection;
    return isSwitched ? [] : [sinkOf(seen, `hasn't switched to generation ${generation}`)];
  });
}

function away({ store, trouble }: StoreAway): Waiting {
  return { who: `store ${store}`, says: `the store ${store} can't be looked at (${trouble})`, mark: "away" };
}

function sinkOf({ store }: StoreSeen, what: string, mark = what): Waiting {
  return { who: `store ${store}`, says: `the vector-sink of ${store} ${what} yet`, mark };
}
