import { z } from "zod";

const MAX_IDENTIFIER_BYTES = 63;

/** By what the vectors of its collections are compared: cosine when absent. */
const distance = z.enum(["cosine", "dot", "euclid"]).optional();

/** Made by the sink when it isn't there. */
const schema = z
  .string()
  .refine(
    (name) => name !== "" && !name.startsWith("pg_") && Buffer.byteLength(name) <= MAX_IDENTIFIER_BYTES,
    `expected a schema's name of at most ${MAX_IDENTIFIER_BYTES} bytes that doesn't begin with pg_`,
  )
  .optional();

/** A store as freshet.yaml names it; its address and secrets are the environment's. */
export const storeSchema = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({ kind: z.literal("qdrant"), distance }),
    z.strictObject({ kind: z.literal("pgvector"), distance, schema }),
    z.strictObject({ kind: z.literal("zvec"), distance }),
  ],
  "expected kind: qdrant, kind: pgvector or kind: zvec",
);

export type StoreConfiguration = z.output<typeof storeSchema>;
