import { z } from "zod";
import { distance } from "./common.js";

export const pineconeStoreSchema = z.strictObject({
  kind: z.literal("pinecone"),
  distance,
  /** Where new indexes are made; aws when absent. */
  cloud: z.enum(["aws", "gcp", "azure"]).optional(),
  /** One of the cloud's; us-east-1 when absent. */
  region: z.string().min(1).optional(),
});
