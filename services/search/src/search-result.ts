import type { JsonObject } from "@freshet/schemas/lossless-json";
import { decodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import type { SearchHit } from "@freshet/vector-stores/vector-store";

export interface SearchResult {
  /** Higher is nearer, by the store's distance; in mode hybrid of reciprocal ranks, comparable within one answer only. */
  readonly score: number;
  readonly index: string;
  readonly table: string;
  readonly key: RowKey;
  readonly chunk: number;
  readonly text: string;
  readonly payload: JsonObject;
  /** When the source committed the row, and when the store had it; ISO 8601. */
  readonly committedAt: string;
  readonly indexedAt: string;
}

export function toResult(index: string, { score, text, payload, metadata }: SearchHit): SearchResult {
  return {
    score,
    index,
    table: metadata.table,
    key: decodeRowKey(metadata.key),
    chunk: metadata.chunk,
    text,
    payload,
    committedAt: new Date(metadata.committedAt).toISOString(),
    indexedAt: new Date(metadata.indexedAt).toISOString(),
  };
}
