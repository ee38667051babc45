import { pointId } from "@freshet/vector-stores/point-id";
import type { PointMetadata, VectorStore } from "@freshet/vector-stores/vector-store";
import type { RowChange } from "./plan/newest-change.js";
import { storedChunks, type StoredMetadata } from "./plan/stored-rows.js";

/** How many chunks beyond the last are looked for in one go. */
const RUN = 64;

export interface StoredReading {
  readonly index: string;
  readonly store: Pick<VectorStore, "read">;
  readonly collection: string;
}

/** What is stored of rows; of those that are repaired also chunks beyond what chunk 0 counts, until a run finds none. */
export async function readStored(
  changes: readonly RowChange[],
  { index, store, collection }: StoredReading,
): Promise<StoredMetadata> {
  const stored = new Map<string, PointMetadata>();
  const read = async (ids: readonly string[]) => {
    const found = await store.read(collection, ids);
    for (const [id, metadata] of found) stored.set(id, metadata);
    return found;
  };
  await read(changes.flatMap(({ ids }) => ids));
  let open = changes.filter(({ repair }) => repair);
  const chunksOf = storedChunks(open, stored);
  for (let run = 0; open.length > 0; run += 1) {
    const idsOf = (change: RowChange) => {
      const start = Math.max(change.ids.length, chunksOf(change)) + run * RUN;
      return Array.from({ length: RUN }, (_, place) => pointId(index, change.key, start + place));
    };
    const found = await read(open.flatMap(idsOf));
    const keys = new Set([...found.values()].map(({ key }) => key));
    open = open.filter(({ key }) => keys.has(key));
  }
  return stored;
}
