import type { JsonObject } from "@freshet/schemas/lossless-json";
import { decodeVector } from "@freshet/schemas/vector-encoding";
import { z } from "zod";
import { collectionSpecSchema } from "../collection-spec.js";
import { payloadFilterSchema } from "../payload-filter.js";
import { metadataFromJson } from "../stored-metadata.js";

/**
 * Each is a POST of one JSON object, answered by one: 200, or an error status with `{ "error": "…" }`, of which 422 is the store's
 * refusal of what was asked. Where the owner has a key, each brings it as `authorization: Bearer …`; 401 without.
 */
export const OPERATIONS = ["list", "alias", "describe", "search", "scroll", "count", "retrieve"] as const;
export type Operation = (typeof OPERATIONS)[number];

/**
 * For the owner of an embedded store alone, and POSTs too. `backup` is answered when the backup is whole; `optimise` within a
 * minute, whether it is finished or goes on: then it is asked for again.
 */
export type OwnerOperation = "backup" | "optimise";

export function operationPath(store: string, operation: Operation | OwnerOperation): string {
  return `/store/v1/${encodeURIComponent(store)}/${operation}`;
}

const collection = z.string();
const vector = z.string().transform(decodeVector);

/** What is asked; a vector is base64 of little-endian float32. */
export const requests = {
  list: z.object({}),
  alias: z.object({ alias: z.string() }),
  describe: z.object({ collection }),
  search: z.object({
    collection,
    vector,
    k: z.int().positive(),
    filter: payloadFilterSchema.optional(),
    threshold: z.number().optional(),
    text: z.string().optional(),
    payload: z.array(z.string()).optional(),
  }),
  scroll: z.object({ collection, limit: z.int().positive(), after: z.string().nullable() }),
  count: z.object({ collection }),
  retrieve: z.object({ collection, ids: z.array(z.string()) }),
} satisfies Record<Operation, z.ZodType>;

export type WireRequest<O extends Operation> = z.input<(typeof requests)[O]>;

const id = z.string();
const metadata = z.unknown().transform(metadataFromJson);
const payload = z.record(z.string(), z.unknown()).transform((value) => value as JsonObject);

/** What is answered; payloads lose nothing (see lossless-json). */
export const answers = {
  list: z.object({ collections: z.array(collection) }),
  alias: z.object({ collection: collection.nullable() }),
  describe: z.object({ spec: collectionSpecSchema.nullable() }),
  search: z.object({ hits: z.array(z.object({ id, score: z.number(), text: z.string(), payload, metadata })) }),
  scroll: z.object({ points: z.array(z.object({ id, metadata })), next: z.string().nullable() }),
  count: z.object({ count: z.int() }),
  retrieve: z.object({ points: z.array(z.object({ id, vector, text: z.string(), payload, metadata })) }),
} satisfies Record<Operation, z.ZodType>;

/** So many of the store's backups stay, the newest; all when it is left out. */
export const backupRequest = z.object({ keep: z.int().min(1).optional() });

/** See StoreBackup. */
export const backupAnswer = z.object({
  path: z.string(),
  takenAt: z.string(),
  bytes: z.int(),
  collections: z.array(z.object({ name: z.string(), points: z.int() })),
  /** Older backups that went for it, by their paths. */
  removed: z.array(z.string()).default([]),
});
export type BackupAnswer = z.output<typeof backupAnswer>;

/** See CollectionSize. */
export const optimisationAnswer = z.object({
  finished: z.boolean(),
  collections: z.array(z.object({ name: z.string(), points: z.int(), indexed: z.number(), bytes: z.int() })),
});

export const refusal = z.object({ error: z.string() });
