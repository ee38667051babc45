import { parseJson, stringifyJson, type JsonObject } from "@freshet/schemas/lossless-json";
import { metadataFromJson, metadataToJson } from "../stored-metadata.js";
import type { PayloadUpdate, PointMetadata, SearchHit } from "../vector-store.js";
import { rowsToken, sortablePosition } from "./filter.js";

/** A point without its vector, as zvec keeps it: text fields only. */
export interface ZvecDocument {
  readonly id: string;
  /** Which table and partition, for the filter that deletes what is older. */
  readonly rows: string;
  /** The position in a form that sorts as text. */
  readonly position: string;
  /** JSON. */
  readonly metadata: string;
  /** JSON of the text and the row's columns. */
  readonly content: string;
}

export interface ZvecHit {
  readonly id: string;
  readonly score: number;
  readonly metadata: string;
  readonly content: string;
}

export function toDocument({ id, text, payload, metadata }: PayloadUpdate): ZvecDocument {
  return {
    id,
    rows: rowsToken(metadata),
    position: sortablePosition(metadata.position),
    metadata: JSON.stringify(metadataToJson(metadata)),
    content: stringifyJson({ text, payload }),
  };
}

export function toMetadata(metadata: string): PointMetadata {
  return metadataFromJson(JSON.parse(metadata));
}

export function toHit({ id, score, metadata, content }: ZvecHit): SearchHit {
  const { text, payload } = parseJson(content) as { text: string; payload: JsonObject };
  return { id, score, text, payload, metadata: toMetadata(metadata) };
}
