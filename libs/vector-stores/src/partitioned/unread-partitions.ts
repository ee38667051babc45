import { CollectionMismatchError } from "../errors.js";
import type { SearchableStore } from "../vector-store.js";
import { partitionIn } from "./partition-name.js";

/** @throws {CollectionMismatchError} when a collection has partitions, and the store isn't opened as one of partitions. */
export async function refuseUnreadPartitions(store: SearchableStore, collection: string): Promise<void> {
  // Opened as one of partitions, it lists none.
  const unread = (await store.list()).filter((name) => partitionIn(collection, name) !== null);
  if (unread.length === 0) return;
  throw new CollectionMismatchError(
    `The collection ${collection} has ${unread.length} partitions, and their rows would no longer be found. Set partitionBy of ` +
      "the index in freshet.yaml again (another column will do), or give the index another name.",
  );
}
