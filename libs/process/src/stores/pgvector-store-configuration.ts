import { z } from "zod";
import { distance, language } from "./common.js";

const MAX_IDENTIFIER_BYTES = 63;

/** Made by the sink when it isn't there. */
const schema = z
  .string()
  .refine(
    (name) => name !== "" && !name.startsWith("pg_") && Buffer.byteLength(name) <= MAX_IDENTIFIER_BYTES,
    `expected a schema's name of at most ${MAX_IDENTIFIER_BYTES} bytes that doesn't begin with pg_`,
  )
  .optional();

const between = (least: number, most: number) => z.int().min(least).max(most).optional();

const DEFAULT_M = 16;
const DEFAULT_EF_CONSTRUCTION = 64;

/** With pgvector's bounds, https://github.com/pgvector/pgvector#index-options */
const hnsw = z
  .strictObject({
    /** Edges of a node; 16 when absent. */
    m: between(2, 100),
    /** Candidates while building; 64 when absent. */
    efConstruction: between(4, 1_000),
    /** Candidates while searching; 100 when absent. */
    efSearch: between(1, 1_000),
  })
  .refine(
    ({ m = DEFAULT_M, efConstruction = DEFAULT_EF_CONSTRUCTION }) => efConstruction >= 2 * m,
    "expected efConstruction (64 when absent) to be at least twice m (16 when absent)",
  )
  .optional();

export const pgvectorStoreSchema = z.strictObject({
  kind: z.literal("pgvector"),
  distance,
  schema,
  language,
  hnsw,
  /** What the index holds: the vectors, two bytes of each number, or one bit; what it finds is ranked by the vectors. */
  quantization: z.enum(["none", "half", "binary"]).optional(),
  /** Of Postgres, while an index is built: 512MB or the server's own, if that is more, when absent. */
  maintenanceWorkMem: z
    .string()
    .regex(/^[1-9]\d{0,8}(kB|MB|GB)$/, "expected an amount of memory as Postgres writes it, such as 2GB")
    .optional(),
});
