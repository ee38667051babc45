import { z } from "zod";
import { chromaStoreSchema } from "./chroma-store-configuration.js";
import { milvusStoreSchema } from "./milvus-store-configuration.js";
import { pgvectorStoreSchema } from "./pgvector-store-configuration.js";
import { pineconeStoreSchema } from "./pinecone-store-configuration.js";
import { qdrantStoreSchema } from "./qdrant-store-configuration.js";
import { weaviateStoreSchema } from "./weaviate-store-configuration.js";
import { zvecStoreSchema } from "./zvec-store-configuration.js";

/** A store as freshet.yaml names it; its address and secrets are the environment's. */
export const storeSchema = z.discriminatedUnion(
  "kind",
  [
    qdrantStoreSchema,
    pgvectorStoreSchema,
    zvecStoreSchema,
    chromaStoreSchema,
    weaviateStoreSchema,
    milvusStoreSchema,
    pineconeStoreSchema,
  ],
  "expected kind: one of qdrant, pgvector, zvec, chroma, weaviate, milvus, pinecone",
);

export type StoreConfiguration = z.output<typeof storeSchema>;
