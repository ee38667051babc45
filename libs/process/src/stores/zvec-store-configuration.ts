import { z } from "zod";
import { distance, hnsw, language } from "./common.js";

export const zvecStoreSchema = z.strictObject({
  kind: z.literal("zvec"),
  distance,
  hnsw,
  language,
  /** `fp16` keeps half of each number's bits. */
  quantization: z.enum(["none", "fp16"]).optional(),
  /** For small machines: fp16 and a smaller graph, unless `hnsw` and `quantization` say otherwise. */
  profile: z.literal("edge").optional(),
});
