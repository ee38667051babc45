import { z } from "zod";
import { distance, hnsw, language } from "./common.js";

export const qdrantStoreSchema = z.strictObject({
  kind: z.literal("qdrant"),
  distance,
  language,
  hnsw,
  /** Smaller copies of the vectors that searches look at first; the hits' scores are the vectors' own. */
  quantization: z.enum(["none", "scalar", "binary", "product", "turbo"]).optional(),
  /** How many times more hits than asked for are taken from the smaller copies. */
  oversampling: z.number().min(1).optional(),
  /** Whether vectors are read from the disk instead of from memory. */
  onDisk: z.boolean().optional(),
});
