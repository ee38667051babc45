import type { ModelIdentity } from "@freshet/schemas/embedded-document";
import { isJsonObject, type JsonObject, type JsonValue } from "@freshet/schemas/lossless-json";
import { z } from "zod";

/** What makes a vector near: its angle, its inner product, or its distance in a straight line. */
export type Distance = "cosine" | "dot" | "euclid";

/** Of a column that searches are narrowed by. A list's elements have the type. */
export type FieldType = "keyword" | "integer" | "float" | "boolean";

/** What a collection has beside vectors, texts and columns, for searches. */
export interface CollectionFeatures {
  /** Columns of the payload that filters name; they get an index, where the store has one. */
  readonly fields: Readonly<Record<string, FieldType>>;
  /** The one of `fields`, a keyword, whose value each search is for; null when all rows are one tenant's. */
  readonly tenant: string | null;
  /** Points also carry their text's terms, for BM25. */
  readonly hybrid: boolean;
}

export const NO_FEATURES: CollectionFeatures = { fields: {}, tenant: null, hybrid: false };

/** Of which index a collection is, and by which of its generations it was made. */
export interface CollectionOrigin {
  readonly index: string;
  /** From 1 on. */
  readonly generation: number;
  /** What the index was configured as then (see libs/generations); null where the store had no room for it. */
  readonly definition: JsonObject | null;
}

/** A physical collection: one index, one model. Searched through an alias, so that another can take its place. */
export interface CollectionSpec {
  readonly name: string;
  readonly model: ModelIdentity;
  readonly distance: Distance;
  readonly features: CollectionFeatures;
  /** Null when it isn't known: of collections of older versions. */
  readonly origin: CollectionOrigin | null;
}

const fieldType = z.enum(["keyword", "integer", "float", "boolean"]);

/** As JSON. */
export const modelIdentitySchema: z.ZodType<ModelIdentity, ModelIdentity> = z.object({
  name: z.string(),
  revision: z.string(),
  dtype: z.string(),
  dimensions: z.int(),
});

/** As JSON; collections of older versions had no features. */
export const featuresSchema = z
  .object({ fields: z.record(z.string(), fieldType), tenant: z.string().nullable(), hybrid: z.boolean() })
  .default(NO_FEATURES);

/** As JSON; collections of older versions were all compared by their angle. */
export const distanceSchema = z.enum(["cosine", "dot", "euclid"]).default("cosine");

/** As JSON; collections of older versions had none. */
export const originSchema = z
  .object({
    index: z.string(),
    generation: z.int().min(1),
    definition: z.custom<JsonObject>((value) => isJsonObject(value as JsonValue)).nullable(),
  })
  .nullable()
  .default(null);

export const collectionSpecSchema = z.object({
  name: z.string(),
  model: modelIdentitySchema,
  distance: distanceSchema,
  features: featuresSchema,
  origin: originSchema,
}) satisfies z.ZodType<CollectionSpec>;
