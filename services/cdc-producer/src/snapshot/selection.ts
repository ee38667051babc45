import type { JsonObject } from "@freshet/schemas/lossless-json";
import { FIRST_FETCH_ROWS, nextFetchRows } from "./fetch-size.js";
import type { Chunk } from "./chunk.js";

/** Which rows of a table a chunk has. */
export type Selection = RangeSelection | KeySelection;

/** The next rows in key order. */
export interface RangeSelection {
  readonly kind: "range";
  /** SQL over the table's columns, besides the table's own filter. */
  readonly where: string | null;
  /** Texts of the key behind which it begins; null: at the first row. */
  readonly after: readonly string[] | null;
  /** Rows at most; there may be fewer, though more are behind them. */
  readonly limit: number;
}

/** The rows with these keys, and those that have none. */
export interface KeySelection {
  readonly kind: "keys";
  readonly keys: readonly JsonObject[];
  readonly from: number;
}

export const KEYS_PER_CHUNK = 100;

export function selectRange(where: string | null, after: readonly string[] | null): RangeSelection {
  return { kind: "range", where, after, limit: FIRST_FETCH_ROWS };
}

export function selectKeys(keys: readonly JsonObject[]): KeySelection {
  return { kind: "keys", keys, from: 0 };
}

/** What comes behind a chunk; null when nothing does. */
export function nextSelection(selection: Selection, chunk: Chunk): Selection | null {
  switch (selection.kind) {
    case "range":
      if (chunk.isLast) return null;
      return { ...selection, after: chunk.lastKey, limit: nextFetchRows(chunk.rows) };
    case "keys": {
      const from = selection.from + KEYS_PER_CHUNK;
      return from < selection.keys.length ? { ...selection, from } : null;
    }
    default:
      return selection satisfies never;
  }
}
