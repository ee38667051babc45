import type {
  CreateCollectionWithFieldsReq,
  CreateIndexSimpleReq,
  DescribeCollectionResponse,
  FieldType as MilvusField,
} from "@zilliz/milvus2-sdk-node";
import { z } from "zod";
import { languageSchema, type Language } from "../bm25/language.js";
import { featuresSchema, distanceSchema, modelIdentitySchema, originSchema } from "../collection-spec.js";
import type { CollectionSpec, Distance, FieldType } from "../collection-spec.js";
import { CollectionMismatchError } from "../errors.js";
import { pathOf } from "./column-filter.js";
import { toResourceName } from "./resource-name.js";
import type { Hnsw } from "../hnsw.js";

/** `partial_update` came with this version: https://milvus.io/docs/upsert-entities.md */
const OLDEST_VERSION = [2, 6, 2] as const;
/** Of the collection's properties, ours: the specification as JSON. */
export const SPEC_PROPERTY = "freshet.collection";
/** The most that Milvus takes for a text, in bytes. */
const MAX_VARCHAR = 65_535;
const UUID_LENGTH = 36;
const SHORT = 512;
/** Of a new collection: shorter than Milvus takes, so that what is named after it also finds a name. */
const MAX_NAME = 240;

const METRICS = { cosine: "COSINE", dot: "IP", euclid: "L2" } as const satisfies Record<Distance, string>;
/** What an index over a JSON field's column reads it as: https://milvus.io/docs/json-indexing.md */
const CASTS = {
  keyword: "varchar",
  integer: "double",
  float: "double",
  boolean: "bool",
} as const satisfies Record<FieldType, string>;

const storedSpec = z.object({
  model: modelIdentitySchema,
  distance: distanceSchema,
  features: featuresSchema,
  origin: originSchema,
  language: languageSchema.nullable(),
});

/** A collection as it lies in Milvus; a hybrid one has the language of its texts. */
export interface StoredCollection {
  readonly spec: CollectionSpec;
  readonly language: Language | null;
}

export interface VectorIndexOptions {
  readonly hnsw?: Hnsw | undefined;
  readonly quantization?: "none" | "sq6" | "sq8" | "bf16" | "fp16" | undefined;
}

/** The schema is fixed, and positions are integers of 64 bits. */
export function creation({ spec, language }: StoredCollection): CreateCollectionWithFieldsReq {
  const { features, model } = spec;
  return {
    collection_name: toResourceName(spec.name, { maxLength: MAX_NAME }),
    // A read sees every write that was answered before it.
    consistency_level: "Strong",
    enable_dynamic_field: false,
    properties: specProperties({ spec, language }),
    fields: [
      { name: "id", data_type: "VarChar", max_length: UUID_LENGTH, is_primary_key: true, autoID: false },
      { name: "vector", data_type: "FloatVector", dim: model.dimensions },
      varchar("text", MAX_VARCHAR),
      { name: "payload", data_type: "JSON" },
      varchar("index_name", MAX_VARCHAR),
      varchar("source_table", MAX_VARCHAR),
      varchar("row_key", MAX_VARCHAR),
      ...["chunk", "chunks", "epoch", "lsn", "seq", "source_partition"].map((name): MilvusField => ({
        name,
        data_type: "Int64",
      })),
      varchar("row_hash", SHORT),
      varchar("text_hash", SHORT),
      { name: "committed_at", data_type: "Double" },
      { name: "indexed_at", data_type: "Double" },
      ...(features.tenant === null ? [] : [{ ...varchar("tenant", MAX_VARCHAR), is_partition_key: true }]),
      ...(language === null ? [] : [WORDS, { name: "terms", data_type: "SparseFloatVector" } satisfies MilvusField]),
    ],
    ...(language === null ? {} : { functions: [BM25] }),
  };
}

export function specProperties({ spec, language }: StoredCollection): Record<string, string> {
  const { model, distance, features, origin } = spec;
  const stored = { model, distance, features, origin, language } satisfies z.input<typeof storedSpec>;
  return { [SPEC_PROPERTY]: JSON.stringify(stored) };
}

/** Null when the collection isn't one of Freshet's. */
export function storedCollection(
  name: string,
  { properties }: Pick<DescribeCollectionResponse, "properties">,
): StoredCollection | null {
  const json = properties.find(({ key }) => key === SPEC_PROPERTY)?.value;
  if (json === undefined) return null;
  const { language, ...spec } = storedSpec.parse(JSON.parse(String(json)));
  return { spec: { name, ...spec }, language };
}

/** A text's words are apart already. */
const WORDS: MilvusField = {
  ...varchar("words", MAX_VARCHAR),
  enable_analyzer: true,
  analyzer_params: { tokenizer: "whitespace" },
};
/** Milvus weighs the words itself: what one counts for depends on all the other texts. */
const BM25 = {
  name: "bm25",
  type: "BM25" as const,
  input_field_names: [WORDS.name],
  output_field_names: ["terms"],
  params: {},
};

/** One for each field that a search or a delete asks about, and for each of the payload's columns that filters name. */
export function indexesFor({ spec, language }: StoredCollection, options: VectorIndexOptions): CreateIndexSimpleReq[] {
  const collection_name = toResourceName(spec.name);
  const columns = Object.entries(spec.features.fields).map(([column, type]) => ({
    field_name: "payload",
    index_name: toResourceName(`column_${column}`),
    index_type: "INVERTED",
    params: { json_path: pathOf(column), json_cast_type: CASTS[type] },
  }));
  return [
    { field_name: "vector", metric_type: METRICS[spec.distance], ...vectorIndex(options) },
    ...(language === null
      ? []
      : [{ field_name: "terms", metric_type: "BM25", index_type: "SPARSE_INVERTED_INDEX", params: {} }]),
    { field_name: "source_table", index_type: "INVERTED" },
    ...columns,
  ].map((index) => ({ collection_name, index_name: index.field_name, ...index }));
}

/** Without settings Milvus chooses: https://milvus.io/docs/hnsw-sq.md */
function vectorIndex({ hnsw, quantization }: VectorIndexOptions) {
  if (hnsw === undefined && (quantization ?? "none") === "none") return { index_type: "AUTOINDEX" };
  const graph = {
    ...(hnsw?.m === undefined ? {} : { M: hnsw.m }),
    ...(hnsw?.efConstruction === undefined ? {} : { efConstruction: hnsw.efConstruction }),
  };
  if (quantization === undefined || quantization === "none") return { index_type: "HNSW", params: graph };
  return { index_type: "HNSW_SQ", params: { ...graph, sq_type: quantization.toUpperCase() } };
}

/** Higher is nearer. Milvus gives the square of a Euclidean distance. */
export function toScore(score: number, distance: Distance): number {
  return distance === "euclid" ? -Math.sqrt(Math.max(score, 0)) : score;
}

/** What ensuring changes: fields are added, and an older one stays indexed; and the origin. */
export function withFields(stored: CollectionSpec, wanted: CollectionSpec): CollectionSpec {
  return {
    ...stored,
    features: { ...stored.features, fields: { ...stored.features.fields, ...wanted.features.fields } },
    origin: wanted.origin ?? stored.origin,
  };
}

/** @throws {CollectionMismatchError} for what is laid down with a collection and can't be changed. */
export function requireSameLayout({ name, features }: CollectionSpec, wanted: CollectionSpec): void {
  if (features.tenant !== wanted.features.tenant) {
    throw new CollectionMismatchError(
      `The collection ${name} was made ${features.tenant === null ? "without a tenant" : `for the tenant column ${features.tenant}`}, ` +
        `and Milvus can't change that. Give the index another name in freshet.yaml, or set its tenant back.`,
    );
  }
  const changed = Object.entries(wanted.features.fields).find(
    ([column, type]) => column in features.fields && features.fields[column] !== type,
  );
  if (changed) {
    throw new CollectionMismatchError(
      `The collection ${name} has an index over the column ${changed[0]} as ${features.fields[changed[0]]} and not as ` +
        `${changed[1]}. Give the index another name in freshet.yaml, or set the column's type back.`,
    );
  }
}

/** @throws when the server is too old to keep what Freshet promises. */
export function requireVersion(version: string): void {
  const parts = /(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [];
  const place = OLDEST_VERSION.findIndex((oldest, at) => parts[at] !== oldest);
  if (place === -1 || (parts[place] ?? 0) > (OLDEST_VERSION[place] ?? 0)) return;
  throw new Error(`Milvus ${version} is too old: Freshet needs ${OLDEST_VERSION.join(".")} or newer.`);
}

function varchar(name: string, max_length: number): MilvusField {
  return { name, data_type: "VarChar", max_length };
}
