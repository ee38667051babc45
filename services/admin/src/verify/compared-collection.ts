import { FatalError } from "@freshet/streaming/errors";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";
import type { Comparison } from "./comparison.js";

/** Where the points are. @throws {FatalError} when there is no such collection, or nothing was ever stored. */
export async function comparedCollection(store: SearchableStore, { name, target }: Comparison): Promise<string> {
  const collection = target.collection ?? (await store.resolveAlias(name));
  if (collection === null)
    throw new FatalError(`The index ${name} has no collection yet: its sink has stored nothing.`);
  if ((await store.describe(collection)) !== null) return collection;
  throw new FatalError(`There is no collection ${collection} of the index ${name} in the store.`);
}

/** @throws {FatalError} when the index isn't in that collection any more, or the collection is gone. */
export async function requireSame(store: SearchableStore, comparison: Comparison, collection: string): Promise<void> {
  if ((await comparedCollection(store, comparison)) === collection) return;
  throw new FatalError(`The index ${comparison.name} was switched to another collection meanwhile: verify it again.`);
}
