import type { UpsertDocument } from "@freshet/schemas/embedded-document";
import type { PayloadUpdate, Point } from "@freshet/vector-stores/vector-store";
import type { RowChange } from "./newest-change.js";

export interface PointOrigin extends Pick<RowChange, "key" | "partition" | "ids"> {
  readonly index: string;
  /** ms since the Unix epoch. */
  readonly indexedAt: number;
}

/** A document's points, chunk 0 first. */
export function toPoints({ source, chunks, payload }: UpsertDocument, origin: PointOrigin): Point[] {
  const { index, key, ids, partition, indexedAt } = origin;
  // There is an id at least for each chunk, and one for a row without any.
  return ids.slice(0, chunks.length).flatMap((id, chunk) => {
    const content = chunks[chunk];
    if (!content) return [];
    const { text, textHash, vector } = content;
    const metadata = {
      index,
      table: source.table,
      key,
      chunk,
      chunks: chunks.length,
      position: source.position,
      partition,
      rowHash: source.rowHash,
      textHash,
      committedAt: source.committedAt,
      indexedAt,
    };
    return [{ id, vector, text, payload, metadata }];
  });
}

export function toPayloadUpdate({ id, text, payload, metadata }: Point): PayloadUpdate {
  return { id, text, payload, metadata };
}
