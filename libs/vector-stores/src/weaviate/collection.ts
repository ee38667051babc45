import type { WeaviateClient } from "weaviate-client";
import { z } from "zod";
import { languageSchema, type Language } from "../bm25/language.js";
import { collectionSpecSchema, type CollectionSpec, type Distance } from "../collection-spec.js";
import { CollectionMismatchError } from "../errors.js";
import { fieldProperties, isNumeric, type Fields } from "./field.js";
import { OWN } from "./own-property.js";
import { toResourceName } from "./resource-name.js";
import type { Hnsw } from "../hnsw.js";

/** As Weaviate's own API takes it: https://docs.weaviate.io/weaviate/config-refs/collections */
type WeaviateClass = Parameters<WeaviateClient["collections"]["createFromSchema"]>[0];

/** The first with the filter operator Not: https://docs.weaviate.io/weaviate/api/graphql/filters#filter-operators */
const OLDEST_VERSION = [1, 33] as const;
const DISTANCES = { cosine: "cosine", dot: "dot", euclid: "l2-squared" } as const satisfies Record<Distance, string>;

/** Of new collections; what is left out is Weaviate's own choice. */
export interface IndexOptions {
  readonly hnsw?: Hnsw | undefined;
  /** `none`: also not what the server would choose. */
  readonly quantization?: "none" | "bq" | "sq" | "pq" | "rq" | undefined;
  readonly replicas?: number | undefined;
  readonly shards?: number | undefined;
}

/** A collection as it lies in Weaviate; a hybrid one has the language of its texts. */
export interface StoredCollection {
  readonly spec: CollectionSpec;
  readonly language: Language | null;
}

const descriptionSchema = z.object({
  freshet: z.object({ spec: collectionSpecSchema, language: languageSchema.nullable() }),
});

export interface Property {
  readonly name: string;
  readonly dataType: "text" | "text[]" | "int" | "number" | "number[]";
  readonly tokenization?: "field" | "whitespace";
  readonly indexFilterable: boolean;
  readonly indexSearchable?: boolean;
  readonly indexRangeFilters?: boolean;
}

/**
 * The client's own way of making a collection lacks the switch for the server's default quantization.
 *
 * A server with auto-schema (most have it) makes a collection of a point that is written into none, which would hide
 * that somebody deleted it. So each point has an object without properties: Weaviate takes it, but doesn't make a
 * collection of it.
 */
export function classOf(collection: StoredCollection, options: IndexOptions): WeaviateClass {
  const { spec, language } = collection;
  const { replicas, shards } = options;
  const properties = [...ownProperties(language !== null), ...propertiesOf(spec.features.fields)];
  return {
    class: toResourceName(spec.name),
    description: describe(collection),
    vectorizer: "none",
    vectorIndexType: "hnsw",
    vectorIndexConfig: vectorIndexOf(spec.distance, options),
    // The words come without stop words already.
    invertedIndexConfig: { stopwords: { preset: "none" } },
    ...(replicas === undefined ? {} : { replicationConfig: { factor: replicas } }),
    ...(shards === undefined ? {} : { shardingConfig: { desiredCount: shards } }),
    properties: [
      ...properties.map(({ dataType, ...property }) => ({ ...property, dataType: [dataType] })),
      {
        name: OWN.guard,
        dataType: ["object"],
        indexFilterable: false,
        nestedProperties: [{ name: "nothing", dataType: ["text"], indexFilterable: false, indexSearchable: false }],
      },
    ],
  };
}

function vectorIndexOf(distance: Distance, { hnsw = {}, quantization }: IndexOptions): Record<string, unknown> {
  const { m, efConstruction, efSearch } = hnsw;
  return {
    distance: DISTANCES[distance],
    ...(m === undefined ? {} : { maxConnections: m }),
    ...(efConstruction === undefined ? {} : { efConstruction }),
    ...(efSearch === undefined ? {} : { ef: efSearch }),
    ...(quantization === undefined
      ? {}
      : quantization === "none"
        ? { skipDefaultQuantization: true }
        : { [quantization]: { enabled: true } }),
  };
}

function ownProperties(isHybrid: boolean): Property[] {
  const kept = { dataType: "text", tokenization: "field", indexFilterable: false, indexSearchable: false } as const;
  const whole = { dataType: "int", indexFilterable: true, indexRangeFilters: true } as const;
  return [
    { name: OWN.text, ...kept },
    { name: OWN.payload, ...kept },
    { name: OWN.metadata, ...kept },
    { name: OWN.rows, ...kept, indexFilterable: true },
    { name: OWN.high, ...whole },
    { name: OWN.low, ...whole },
    { name: OWN.seq, ...whole },
    ...(isHybrid
      ? [{ name: OWN.words, ...kept, tokenization: "whitespace", indexSearchable: true } as const satisfies Property]
      : []),
  ];
}

export function propertiesOf(fields: Fields): Property[] {
  return Object.entries(fields).flatMap(([field, type]) => {
    const { values, number, numbers } = fieldProperties(field);
    return [
      { name: values, dataType: "text[]", tokenization: "field", indexFilterable: true, indexSearchable: false },
      ...(isNumeric(type)
        ? ([
            { name: number, dataType: "number", indexFilterable: true, indexRangeFilters: true },
            { name: numbers, dataType: "number[]", indexFilterable: true },
          ] as const)
        : []),
    ] satisfies Property[];
  });
}

/** A collection keeps what it was made for in its description. */
export function describe({ spec, language }: StoredCollection): string {
  return JSON.stringify({ freshet: { spec, language } } satisfies z.input<typeof descriptionSchema>);
}

/** Null when the collection isn't one of Freshet's. */
export function storedCollection(description: string | undefined): StoredCollection | null {
  if (!description?.startsWith('{"freshet":')) return null;
  return descriptionSchema.parse(JSON.parse(description)).freshet;
}

/** @throws {CollectionMismatchError} when a column is to have another type than it was stored by. */
export function withFields(stored: CollectionSpec, { features, origin }: CollectionSpec): CollectionSpec {
  const fields = { ...stored.features.fields };
  for (const [field, type] of Object.entries(features.fields)) {
    const known = Object.hasOwn(fields, field) ? fields[field] : type;
    if (known !== type) {
      throw new CollectionMismatchError(
        `The collection ${stored.name} has the column ${JSON.stringify(field)} as ${known}, not as ${type}. Give the ` +
          `index another name in freshet.yaml, or set the column's type back to ${known}.`,
      );
    }
    fields[field] = type;
  }
  return { ...stored, features: { ...features, fields }, origin: origin ?? stored.origin };
}

/** @throws when the server is too old. */
export function requireVersion(version: string): void {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_VERSION;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Error(`Weaviate ${version} is too old: update it to ${OLDEST_VERSION.join(".")} or newer.`);
}

/** What Weaviate answers with is a distance: of straight lines its square, of angles what is left to one, of products below zero. */
export function toScore(answered: number, distance: Distance): number {
  switch (distance) {
    case "cosine":
      return 1 - answered;
    case "dot":
      return -answered;
    case "euclid":
      return -Math.sqrt(answered);
    default:
      return distance satisfies never;
  }
}
