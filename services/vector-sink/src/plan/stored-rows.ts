import type { PointMetadata } from "@freshet/vector-stores/vector-store";
import type { RowChange } from "./newest-change.js";

/** What is stored of the changes' points, by id. */
export type StoredMetadata = ReadonlyMap<string, PointMetadata>;

/**
 * How many chunks of each row there may be in the store, by the row's key: as many as chunk 0 says. Of a row that is
 * repaired, those that were found beyond it as well.
 */
export function storedChunks(changes: readonly RowChange[], stored: StoredMetadata): ReadonlyMap<string, number> {
  const chunks = new Map(changes.map(({ key, ids: [head] }) => [key, stored.get(head)?.chunks ?? 0]));
  const repaired = new Set(changes.flatMap(({ key, repair }) => (repair ? [key] : [])));
  if (repaired.size === 0) return chunks;
  for (const { key, chunk } of stored.values()) {
    if (repaired.has(key)) chunks.set(key, Math.max(chunks.get(key) ?? 0, chunk + 1));
  }
  return chunks;
}
