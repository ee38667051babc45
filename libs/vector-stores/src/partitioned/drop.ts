import type { VectorStore } from "../vector-store.js";
import { RootCollections } from "./root-collections.js";

/** The root last: as long as it is there, this can be done again. */
export async function dropWithPartitions(store: VectorStore, root: string): Promise<void> {
  const [, ...partitions] = await new RootCollections(store).all(root);
  for (const collection of [...partitions, root]) await store.drop(collection);
}
