import type { UpsertDocument } from "@freshet/schemas/embedded-document";
import { pointId } from "@freshet/vector-stores/point-id";
import type { PayloadUpdate, Point } from "@freshet/vector-stores/vector-store";

export interface PointOrigin {
  readonly index: string;
  readonly key: string;
  readonly partition: number;
  /** ms since the Unix epoch. */
  readonly indexedAt: number;
}

/** A document's points, chunk 0 first. */
export function toPoints({ source, chunks, payload }: UpsertDocument, origin: PointOrigin): Point[] {
  const { index, key, partition, indexedAt } = origin;
  return chunks.map(({ text, textHash, vector }, chunk) => ({
    id: pointId(index, key, chunk),
    vector,
    text,
    payload,
    metadata: {
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
    },
  }));
}

export function toPayloadUpdate({ id, text, payload, metadata }: Point): PayloadUpdate {
  return { id, text, payload, metadata };
}
