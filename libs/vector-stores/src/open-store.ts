import type { PgvectorOptions } from "./pgvector/store.js";
import type { QdrantOptions } from "./qdrant/store.js";
import type { VectorStore } from "./vector-store.js";

export type StoreConfig =
  | ({ readonly kind: "qdrant" } & QdrantOptions)
  | ({ readonly kind: "pgvector" } & PgvectorOptions)
  | { readonly kind: "zvec"; readonly directory: string };

/** Loads only the adapter that is asked for, and with it its client. @throws what opening it throws. */
export async function openStore(config: StoreConfig): Promise<VectorStore> {
  switch (config.kind) {
    case "qdrant": {
      const { openQdrantStore } = await import("./qdrant/store.js");
      return openQdrantStore(config);
    }
    case "pgvector": {
      const { openPgvectorStore } = await import("./pgvector/store.js");
      return openPgvectorStore(config);
    }
    case "zvec": {
      const { openZvecStore } = await import("./zvec/store.js");
      return openZvecStore(config.directory);
    }
    default:
      return config satisfies never;
  }
}
