import { z } from "zod";
import { distance, hnsw, language } from "./common.js";

const positive = z.int().min(1).optional();

export const weaviateStoreSchema = z.strictObject({
  kind: z.literal("weaviate"),
  distance,
  language,
  /** Of new collections, like `quantization`, `replicas` and `shards`. */
  hnsw,
  /** How the index holds vectors: by a bit, a byte, a codebook, or rotated; the server's choice when absent. */
  quantization: z.enum(["none", "bq", "sq", "pq", "rq"]).optional(),
  /** Copies of a collection in a cluster. */
  replicas: positive,
  shards: positive,
  /** How many replicas answer a read and a write: quorum when absent. */
  consistency: z.enum(["one", "quorum", "all"]).optional(),
});
