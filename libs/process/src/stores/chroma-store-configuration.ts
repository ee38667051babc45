import { z } from "zod";
import { distance, hnsw } from "./common.js";

const name = z.string().min(3, "expected at least three characters").optional();

export const chromaStoreSchema = z.strictObject({
  kind: z.literal("chroma"),
  distance,
  hnsw,
  /** Where the store's collections lie; neither is made. */
  tenant: name,
  database: name,
});
