import { z } from "zod";
import { distance, hnsw, language } from "./common.js";

export const milvusStoreSchema = z.strictObject({
  kind: z.literal("milvus"),
  distance,
  /** One that is there; Milvus' own when absent. */
  database: z.string().min(1).optional(),
  language,
  /** Milvus chooses the index, when neither this nor `quantization` is given. */
  hnsw,
  /** How the index holds vectors: 6 or 8 bits of each number, or 16; hits are ranked by what it holds. */
  quantization: z.enum(["none", "sq6", "sq8", "bf16", "fp16"]).optional(),
});
