import { parseJson, stringifyJson, type JsonObject, type JsonValue } from "@freshet/schemas/lossless-json";
import type { Bm25, TermWeights } from "../bm25/bm25.js";
import { metadataFromJson, metadataToJson } from "../stored-metadata.js";
import type { PayloadUpdate, Point, PointMetadata, SearchHit } from "../vector-store.js";
import { rowsToken, sortablePosition } from "./expression.js";
import { facetFields, type Fields } from "./facets.js";

/** A point without its vector, as zvec keeps it. */
export interface ZvecDocument {
  readonly id: string;
  /** By zvec's names. `metadata` and `content` are JSON; the rest is for filters. */
  readonly fields: Readonly<Record<string, string | string[]>>;
  /** Of its text, in a hybrid collection. */
  readonly terms: TermWeights | null;
}

/** Of a document, what a whole point but its vector is made of. */
interface ZvecContent {
  readonly id: string;
  readonly metadata: string;
  /** The text and the row's columns. */
  readonly content: string;
}

export interface ZvecHit extends ZvecContent {
  readonly score: number;
}

export interface ZvecPoint extends ZvecContent {
  readonly vector: Float32Array;
}

export interface DocumentOptions {
  readonly fields: Fields;
  /** Null where the collection isn't hybrid. */
  readonly bm25: Bm25 | null;
}

export function toDocument(
  { id, text, payload, metadata }: PayloadUpdate,
  { fields, bm25 }: DocumentOptions,
): ZvecDocument {
  return {
    id,
    fields: {
      pid: id,
      // Which table and partition, and the position as text that sorts: for the filter that deletes what is older.
      rows: rowsToken(metadata),
      position: sortablePosition(metadata.position),
      metadata: JSON.stringify(metadataToJson(metadata)),
      content: toJson({ text, payload }),
      ...facetFields(payload, fields),
    },
    terms: bm25 && bm25.document(text),
  };
}

/** The engine's own writer takes a fraction of the time, and no integers beyond 2^53. */
function toJson(content: JsonObject): string {
  return holdsBigint(content) ? stringifyJson(content) : JSON.stringify(content);
}

function holdsBigint(value: JsonValue): boolean {
  if (typeof value !== "object" || value === null) return typeof value === "bigint";
  return Object.values(value).some(holdsBigint);
}

export function toMetadata(metadata: string): PointMetadata {
  return metadataFromJson(JSON.parse(metadata));
}

export function toHit(hit: ZvecHit): SearchHit {
  return { ...toUpdate(hit), score: hit.score };
}

export function toPoint(point: ZvecPoint): Point {
  return { ...toUpdate(point), vector: point.vector };
}

function toUpdate({ id, metadata, content }: ZvecContent): PayloadUpdate {
  const { text, payload } = parseJson(content) as { text: string; payload: JsonObject };
  return { id, text, payload, metadata: toMetadata(metadata) };
}
