import type { JsonObject } from "@freshet/schemas/lossless-json";
import { decodeVector } from "@freshet/schemas/vector-encoding";
import { z } from "zod";
import { payloadFilterSchema } from "../payload-filter.js";
import { metadataFromJson } from "../stored-metadata.js";

/** Each is a POST of one JSON object, answered by one: 200, or an error status with `{ "error": "…" }`. */
export const OPERATIONS = ["alias", "describe", "search", "scroll", "count"] as const;
export type Operation = (typeof OPERATIONS)[number];

export function operationPath(store: string, operation: Operation): string {
  return `/store/v1/${encodeURIComponent(store)}/${operation}`;
}

const collection = z.string();

/** What is asked; a vector is base64 of little-endian float32. */
export const requests = {
  alias: z.object({ alias: z.string() }),
  describe: z.object({ collection }),
  search: z.object({
    collection,
    vector: z.string().transform(decodeVector),
    k: z.int().positive(),
    filter: payloadFilterSchema.optional(),
    threshold: z.number().optional(),
    payload: z.array(z.string()).optional(),
  }),
  scroll: z.object({ collection, limit: z.int().positive(), after: z.string().nullable() }),
  count: z.object({ collection }),
} satisfies Record<Operation, z.ZodType>;

export type WireRequest<O extends Operation> = z.input<(typeof requests)[O]>;

const id = z.string();
const metadata = z.unknown().transform(metadataFromJson);
const payload = z.record(z.string(), z.unknown()).transform((value) => value as JsonObject);
const model = z.object({ name: z.string(), revision: z.string(), dtype: z.string(), dimensions: z.int() });
const distance = z.enum(["cosine", "dot", "euclid"]);

/** What is answered; payloads lose nothing (see lossless-json). */
export const answers = {
  alias: z.object({ collection: collection.nullable() }),
  describe: z.object({ spec: z.object({ name: z.string(), model, distance }).nullable() }),
  search: z.object({ hits: z.array(z.object({ id, score: z.number(), text: z.string(), payload, metadata })) }),
  scroll: z.object({ points: z.array(z.object({ id, metadata })), next: z.string().nullable() }),
  count: z.object({ count: z.int() }),
} satisfies Record<Operation, z.ZodType>;
