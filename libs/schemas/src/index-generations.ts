import { z } from "zod";
import { isJsonObject, type JsonObject, type JsonValue } from "./lossless-json.js";

/**
 * One way in which an index was built: what was configured, the topic with its documents, and in each store a collection. It
 * is kept up to date from when it is in the record until it is being dropped.
 */
const generation = z.object({
  /** From 1 on; never used again. */
  number: z.int().min(1),
  /** The generation whose topic holds its documents: itself, or an older one when only the collections differ. */
  documents: z.int().min(1),
  /** What was configured; see libs/generations. */
  definition: z.custom<JsonObject>((value) => isJsonObject(value as JsonValue), "expected a JSON object"),
  createdAt: z.int(),
  /** Nothing is to be kept of it; it leaves the record when all of it is gone. */
  dropping: z.boolean().default(false),
});

/** A reindexing that isn't over. */
const reindexing = z.object({
  /** The generation that is to answer instead. */
  generation: z.int().min(1),
  /** `filling`: it gets every row, and every change. `verifying`: it is compared with its table. `switching`: it is to answer. */
  step: z.enum(["filling", "verifying", "switching"]),
  startedAt: z.int(),
});

/**
 * All generations of an index; written under `generations/<index>` to the state topic. What is written here is what the
 * services bring about: transformers and sinks run each generation, and sinks have the index's alias name the serving one.
 * First written by a transformer, from then on by `freshet reindex`.
 */
export const generationsState = z.object({
  kind: z.literal("generations"),
  index: z.string(),
  /** The number of the generation that answers searches. */
  serving: z.int().min(1),
  /** The one that did so until the last switch, to go back to; none since that has begun. */
  before: z.int().min(1).optional(),
  generations: z.array(generation).min(1),
  /** The highest number that was ever given. */
  last: z.int().min(1),
  /** Numbers below it that weren't given, as stores or topics had something under them: of a record that was lost. */
  skipped: z.array(z.int().min(1)).optional(),
  reindex: reindexing.nullable().default(null),
  updatedAt: z.int(),
});

/**
 * By which model a generation's documents are made; written under `model/<index>/<documents>` by its transformers when they
 * have opened it. A sink makes its collection by it, also when no row ever comes.
 */
export const documentsModelState = z.object({
  kind: z.literal("model"),
  index: z.string(),
  documents: z.int().min(1),
  model: z.object({ name: z.string(), revision: z.string(), dtype: z.string(), dimensions: z.int().positive() }),
  updatedAt: z.int(),
});

export type Generation = z.output<typeof generation>;
export type GenerationsState = z.output<typeof generationsState>;
export type DocumentsModelState = z.output<typeof documentsModelState>;
export type ReindexStep = z.output<typeof reindexing>["step"];

export function generationsStateKey(index: string): string {
  return `generations/${index}`;
}

export function documentsModelKey(index: string, documents: number): string {
  return `model/${index}/${documents}`;
}
