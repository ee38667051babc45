import type { PointMetadata } from "@freshet/vector-stores/vector-store";
import type { RowChange } from "./newest-change.js";

/** What is stored of the changes' points, by id. */
export type StoredMetadata = ReadonlyMap<string, PointMetadata>;

/**
 * Tells how many chunks of each row there may be in the store: as many as chunk 0 says. Of a row that is repaired, those
 * that were found beyond it as well.
 */
export function storedChunks(
  changes: readonly RowChange[],
  stored: StoredMetadata,
): (change: Pick<RowChange, "key" | "ids">) => number {
  const found = new Map(changes.flatMap(({ key, repair }) => (repair ? [[key, 0]] : [])));
  if (found.size > 0) {
    for (const { key, chunk } of stored.values()) {
      const chunks = found.get(key);
      if (chunks !== undefined) found.set(key, Math.max(chunks, chunk + 1));
    }
  }
  return ({ key, ids }) => Math.max(stored.get(ids[0])?.chunks ?? 0, found.get(key) ?? 0);
}
