import {
  isJsonObject,
  parseJson,
  stringifyJson,
  type JsonObject,
  type JsonValue,
} from "@freshet/schemas/lossless-json";
import type { Metadata } from "chromadb";
import { InputRefusedError } from "../errors.js";
import { positionParts } from "../position-parts.js";
import { metadataFromJson, metadataToJson } from "../stored-metadata.js";
import type { PayloadUpdate, Point, PointMetadata, SearchHit } from "../vector-store.js";
import { fieldKey, fieldValue, isWellFormed, OWN, rowsToken } from "./field.js";
import type { Fields } from "./filter.js";

/** A point without its vector, as Chroma keeps it. */
export interface ChromaRecord {
  readonly id: string;
  /** The chunk's text. */
  readonly document: string;
  readonly metadata: Metadata;
  /** About how long it is in a request, without its vector. */
  readonly characters: number;
}

/** What comes back for one id. */
export interface StoredRecord {
  readonly id: string;
  readonly document?: string | null | undefined;
  readonly metadata?: Metadata | null | undefined;
  readonly embedding?: readonly number[] | undefined;
}

/** @throws {InputRefusedError} with the ids of the points whose texts have no UTF-8 form. */
export function toRecords(updates: readonly PayloadUpdate[], fields: Fields): ChromaRecord[] {
  const records = updates.map((update) => toRecord(update, fields));
  const refused = records.filter(({ document, metadata }) => ![document, ...textsOf(metadata)].every(isWellFormed));
  if (refused.length === 0) return records;
  throw new InputRefusedError(`Chroma takes no half of a surrogate pair, and ${refused[0]?.id ?? ""} has one.`, {
    ids: refused.map(({ id }) => id),
  });
}

function toRecord({ id, text, payload, metadata }: PayloadUpdate, fields: Fields): ChromaRecord {
  const { high, low, seq } = positionParts(metadata.position);
  const json = stringifyJson({ metadata: metadataToJson(metadata), payload });
  const values = fieldValues(payload, fields);
  return {
    id,
    document: text,
    metadata: {
      ...values,
      [OWN.point]: json,
      [OWN.rows]: rowsToken(metadata),
      [OWN.high]: high,
      [OWN.low]: low,
      [OWN.seq]: seq,
    },
    characters: text.length + json.length + JSON.stringify(values).length,
  };
}

/** Of these fields each has a value, so that an older one never stays. */
export function fieldValues(payload: JsonObject, fields: Fields): Metadata {
  return Object.fromEntries(
    Object.entries(fields).map(([field, type]) => [
      fieldKey(field),
      fieldValue(Object.hasOwn(payload, field) ? payload[field] : null, type),
    ]),
  );
}

function textsOf(metadata: Metadata): string[] {
  return Object.values(metadata).flatMap((value) => {
    if (typeof value === "string") return [value];
    return Array.isArray(value) ? value.filter((element) => typeof element === "string") : [];
  });
}

export function toMetadata(record: StoredRecord): PointMetadata {
  return metadataFromJson(parsed(record).metadata);
}

export function toUpdate(record: StoredRecord): PayloadUpdate {
  const { metadata, payload } = parsed(record);
  return { id: record.id, text: record.document ?? "", payload, metadata: metadataFromJson(metadata) };
}

export function toPoint(record: StoredRecord): Point {
  return { ...toUpdate(record), vector: Float32Array.from(record.embedding ?? []) };
}

export function toHit(record: StoredRecord, score: number): SearchHit {
  return { ...toUpdate(record), score };
}

function parsed({ id, metadata }: StoredRecord): { metadata: unknown; payload: JsonObject } {
  const json = metadata?.[OWN.point];
  if (typeof json !== "string") throw new Error(`The point ${id} in Chroma isn't one of Freshet's.`);
  const { metadata: own, payload } = objectOf(parseJson(json));
  return { metadata: own, payload: objectOf(payload) };
}

function objectOf(value: JsonValue | undefined): JsonObject {
  if (value !== undefined && isJsonObject(value)) return value;
  throw new Error("A point's JSON in Chroma isn't what Freshet wrote.");
}

/** As `Array.from` gives them, in a tenth of its time. */
export function numbersOf(vector: Float32Array): number[] {
  const numbers = new Array<number>(vector.length);
  for (const [place, number] of vector.entries()) numbers[place] = number;
  return numbers;
}
