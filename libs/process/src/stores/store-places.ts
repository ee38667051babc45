import { join } from "node:path";
import { z } from "zod";
import { optional, postgresUrl, url } from "../variables.js";

const key = optional(z.string());

/** It is repeated in messages. */
const server = optional(
  url.refine((text) => {
    const { username, password } = new URL(text);
    return username === "" && password === "";
  }, "expected a URL without user and password: a store's key has a variable of its own"),
);

export const storeVariables = {
  FRESHET_QDRANT_URL: server,
  FRESHET_QDRANT_API_KEY: key,
  FRESHET_PGVECTOR_URL: optional(postgresUrl),
  FRESHET_ZVEC_DIR: optional(z.string()),
  FRESHET_ZVEC_URL: server,
  FRESHET_ZVEC_API_KEY: key,
  FRESHET_ZVEC_BACKUP_DIR: optional(z.string()),
  FRESHET_CHROMA_URL: server,
  FRESHET_CHROMA_API_KEY: key,
  FRESHET_WEAVIATE_URL: server,
  FRESHET_WEAVIATE_GRPC_URL: server,
  FRESHET_WEAVIATE_API_KEY: key,
  FRESHET_MILVUS_URL: server,
  FRESHET_MILVUS_API_KEY: key,
  FRESHET_PINECONE_URL: server,
  FRESHET_PINECONE_API_KEY: key,
};

type Variables = { readonly [Name in keyof typeof storeVariables]?: string | undefined };

interface ServerPlace {
  readonly url: string;
  readonly apiKey?: string | undefined;
}

/** Where the stores of each kind are. */
export interface StorePlaces {
  readonly qdrant: ServerPlace;
  /** With the password. */
  readonly pgvectorUrl?: string | undefined;
  /** The directories are the sink's; the URL is where others reach the sink that owns it, with the key that it asks for. */
  readonly zvec: ServerPlace & { readonly directory: string; readonly backupDirectory?: string | undefined };
  readonly chroma: ServerPlace;
  readonly weaviate: ServerPlace & { readonly grpcUrl: string };
  readonly milvus: ServerPlace;
  /** The vendor's own without a URL. */
  readonly pinecone: { readonly url?: string | undefined; readonly apiKey?: string | undefined };
}

export function toStorePlaces(given: Variables): StorePlaces {
  return {
    qdrant: { url: given.FRESHET_QDRANT_URL ?? "http://127.0.0.1:6333", apiKey: given.FRESHET_QDRANT_API_KEY },
    pgvectorUrl: given.FRESHET_PGVECTOR_URL,
    zvec: {
      directory: given.FRESHET_ZVEC_DIR ?? join("data", "zvec"),
      url: given.FRESHET_ZVEC_URL ?? "http://127.0.0.1:8085",
      apiKey: given.FRESHET_ZVEC_API_KEY,
      backupDirectory: given.FRESHET_ZVEC_BACKUP_DIR,
    },
    chroma: { url: given.FRESHET_CHROMA_URL ?? "http://127.0.0.1:8000", apiKey: given.FRESHET_CHROMA_API_KEY },
    weaviate: {
      url: given.FRESHET_WEAVIATE_URL ?? "http://127.0.0.1:8080",
      grpcUrl: given.FRESHET_WEAVIATE_GRPC_URL ?? "http://127.0.0.1:50051",
      apiKey: given.FRESHET_WEAVIATE_API_KEY,
    },
    milvus: { url: given.FRESHET_MILVUS_URL ?? "http://127.0.0.1:19530", apiKey: given.FRESHET_MILVUS_API_KEY },
    pinecone: { url: given.FRESHET_PINECONE_URL, apiKey: given.FRESHET_PINECONE_API_KEY },
  };
}
