import { join } from "node:path";
import type { ChromaOptions } from "./chroma/store.js";
import { loadClient } from "./client-package.js";
import type { MilvusOptions } from "./milvus/store.js";
import type { PgvectorOptions } from "./pgvector/store.js";
import type { PineconeOptions } from "./pinecone/store.js";
import type { QdrantOptions } from "./qdrant/store.js";
import { openRemoteStore } from "./remote/store.js";
import type { StorePlaces } from "./store-places.js";
import type { SearchableStore, VectorStore } from "./vector-store.js";
import type { WeaviateOptions } from "./weaviate/store.js";
import type { ZvecOptions } from "./zvec/store.js";

type SettingsOf<Kind extends string, Options> = { readonly kind: Kind } & Omit<
  Options,
  keyof StorePlaces["zvec"] | "grpcUrl" | "requestTimeoutMs"
>;

/** A store as the configuration names it. */
export type StoreSettings =
  | SettingsOf<"qdrant", QdrantOptions>
  | SettingsOf<"pgvector", PgvectorOptions>
  | SettingsOf<"zvec", ZvecOptions>
  | SettingsOf<"chroma", ChromaOptions>
  | SettingsOf<"weaviate", WeaviateOptions>
  | SettingsOf<"milvus", MilvusOptions>
  | SettingsOf<"pinecone", PineconeOptions>;

export interface StoreContext {
  /** The store's name in the configuration. */
  readonly name: string;
  readonly places: StorePlaces;
  /** Shorter than a consumer's session, so that a write can't outlive it; the adapter's choice when absent. */
  readonly requestTimeoutMs?: number | undefined;
}

const CLIENTS = {
  qdrant: "@qdrant/js-client-rest",
  pgvector: "pg",
  zvec: "@zvec/zvec",
  chroma: "chromadb",
  weaviate: "weaviate-client",
  milvus: "@zilliz/milvus2-sdk-node",
  pinecone: "@pinecone-database/pinecone",
} as const satisfies Record<StoreSettings["kind"], string>;

/**
 * To write. Loads only the adapter that is asked for, and with it its client.
 *
 * @throws {MissingClientError} when the client's package isn't installed. @throws what opening the store throws.
 */
export function openStore(settings: StoreSettings, context: StoreContext): Promise<VectorStore> {
  return loadClient(CLIENTS[settings.kind], () => open(settings, context));
}

async function open(settings: StoreSettings, context: StoreContext): Promise<VectorStore> {
  const { name, places, requestTimeoutMs } = context;
  switch (settings.kind) {
    case "qdrant": {
      const { openQdrantStore } = await import("./qdrant/store.js");
      return openQdrantStore({ ...settings, ...places.qdrant, requestTimeoutMs });
    }
    case "pgvector": {
      const url = requirePgvectorUrl(context);
      const { openPgvectorStore } = await import("./pgvector/store.js");
      return openPgvectorStore({ ...settings, url, requestTimeoutMs });
    }
    case "zvec": {
      const { openZvecStore } = await import("./zvec/store.js");
      return openZvecStore({ ...settings, directory: join(places.zvec.directory, name) });
    }
    case "chroma": {
      const { openChromaStore } = await import("./chroma/store.js");
      return openChromaStore({ ...settings, ...places.chroma, requestTimeoutMs });
    }
    case "weaviate": {
      const { openWeaviateStore } = await import("./weaviate/store.js");
      return openWeaviateStore({ ...settings, ...places.weaviate, requestTimeoutMs });
    }
    case "milvus": {
      const { openMilvusStore } = await import("./milvus/store.js");
      return openMilvusStore({ ...settings, ...places.milvus, requestTimeoutMs });
    }
    case "pinecone": {
      const { openPineconeStore } = await import("./pinecone/store.js");
      return openPineconeStore({ ...settings, ...places.pinecone, requestTimeoutMs });
    }
    default:
      return settings satisfies never;
  }
}

/** To read: a store that one process owns is read through that process. @throws what `openStore` throws. */
export async function openSearchableStore(settings: StoreSettings, context: StoreContext): Promise<SearchableStore> {
  return settings.kind === "zvec"
    ? openRemoteStore({ ...context.places.zvec, store: context.name })
    : openStore(settings, context);
}

function requirePgvectorUrl({ name, places }: StoreContext): string {
  if (places.pgvectorUrl !== undefined) return places.pgvectorUrl;
  throw new Error(
    `The store ${name} is a Postgres with pgvector: set FRESHET_PGVECTOR_URL to its postgres://user:password@host:5432/database.`,
  );
}
