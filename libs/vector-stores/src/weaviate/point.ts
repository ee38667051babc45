import { isJsonObject, parseJson, stringifyJson, type JsonObject } from "@freshet/schemas/lossless-json";
import type { DataObject } from "weaviate-client";
import { z } from "zod";
import { InputRefusedError } from "../errors.js";
import { positionParts } from "../position-parts.js";
import { metadataFromJson, metadataToJson } from "../stored-metadata.js";
import type { PayloadUpdate, Point, PointMetadata } from "../vector-store.js";
import { fieldValues, type Fields } from "./field.js";
import { OWN, rowsToken } from "./own-property.js";
import type { Words } from "./words.js";

/** Of what a collection's points have beside the text, the columns and the metadata. */
interface PointOptions {
  readonly fields: Fields;
  /** Null when the collection isn't hybrid. */
  readonly words: Words | null;
}

/** What the client gives of a point. */
interface StoredObject {
  readonly uuid: string;
  readonly properties: unknown;
  readonly vectors: unknown;
}

export const METADATA_PROPERTIES: string[] = [OWN.metadata];
export const CONTENT_PROPERTIES: string[] = [OWN.metadata, OWN.text, OWN.payload];

const metadataProperties = z.object({ [OWN.metadata]: z.string() });
const contentProperties = z.object({ [OWN.text]: z.string(), [OWN.payload]: z.string() });
const vectors = z.object({ default: z.array(z.number()) });

/** A point as it is sent. */
export interface SentPoint {
  readonly id: string;
  readonly object: DataObject<undefined>;
  /** About how long it is, without the vector. */
  readonly characters: number;
}

/** @throws {InputRefusedError} with the ids of the points whose texts have no UTF-8 form. */
export function toSent(points: readonly Point[], options: PointOptions): SentPoint[] {
  const refused = points.filter(({ text }) => /\p{Surrogate}/u.test(text));
  if (refused.length === 0) return points.map((point) => toSentPoint(point, options));
  throw new InputRefusedError(
    `Weaviate takes no half of a surrogate pair, and the text of point ${refused[0]?.id ?? ""} has one.`,
    { ids: refused.map(({ id }) => id) },
  );
}

function toSentPoint({ id, vector, text, payload, metadata }: Point, { fields, words }: PointOptions): SentPoint {
  const { high, low, seq } = positionParts(metadata.position);
  const json = stringifyJson(payload);
  const properties = {
    ...fieldValues(payload, fields),
    [OWN.text]: text,
    [OWN.payload]: json,
    [OWN.metadata]: stringifyJson(metadataToJson(metadata)),
    [OWN.rows]: rowsToken(metadata),
    [OWN.high]: high,
    [OWN.low]: low,
    [OWN.seq]: seq,
    [OWN.guard]: {},
    ...(words === null ? {} : { [OWN.words]: words(text) }),
  };
  return { id, object: { id, vectors: numbersOf(vector), properties }, characters: 2 * text.length + json.length };
}

/** Of what was asked for with `METADATA_PROPERTIES`. */
export function toMetadata({ properties }: StoredObject): PointMetadata {
  return metadataFromJson(parseJson(metadataProperties.parse(properties)[OWN.metadata]));
}

/** Of what was asked for with `CONTENT_PROPERTIES`. */
export function toContent(stored: StoredObject): PayloadUpdate {
  const content = contentProperties.parse(stored.properties);
  return {
    id: stored.uuid,
    text: content[OWN.text],
    payload: objectOf(content[OWN.payload]),
    metadata: toMetadata(stored),
  };
}

/** Of what was asked for with `CONTENT_PROPERTIES` and the vector. */
export function toPoint(stored: StoredObject): Point {
  return { ...toContent(stored), vector: toVector(stored) };
}

export function toVector(stored: StoredObject): Float32Array {
  return Float32Array.from(vectors.parse(stored.vectors).default);
}

function objectOf(json: string): JsonObject {
  const value = parseJson(json);
  if (isJsonObject(value)) return value;
  throw new Error("A point's columns in Weaviate aren't what Freshet wrote.");
}

/** As `Array.from` gives them, in a fraction of its time. */
export function numbersOf(vector: Float32Array): number[] {
  const numbers = new Array<number>(vector.length);
  for (const [place, number] of vector.entries()) numbers[place] = number;
  return numbers;
}
