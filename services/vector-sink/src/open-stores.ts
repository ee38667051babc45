import { join } from "node:path";
import type { Configuration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
import { requirePgvectorUrl } from "@freshet/process/pgvector-address";
import type { StoreConfiguration } from "@freshet/process/store-configuration";
import { openStore, type StoreConfig } from "@freshet/vector-stores/open-store";
import type { VectorStore } from "@freshet/vector-stores/vector-store";

/** The stores that some index names. @throws what opening one throws, after closing the others. */
export async function openStores(
  { stores, indexes }: Configuration,
  environment: Environment,
): Promise<Map<string, VectorStore>> {
  const used = new Set(Object.values(indexes).flatMap((index) => index.stores));
  const open = new Map<string, VectorStore>();
  try {
    for (const [name, store] of Object.entries(stores)) {
      if (used.has(name)) open.set(name, await openStore(toStoreConfig(name, store, environment)));
    }
    return open;
  } catch (error) {
    await closeStores(open);
    throw error;
  }
}

export async function closeStores(stores: ReadonlyMap<string, VectorStore>): Promise<void> {
  await Promise.all([...stores.values()].map((store) => store.close()));
}

function toStoreConfig(name: string, store: StoreConfiguration, environment: Environment): StoreConfig {
  const { qdrant, zvec, kafka } = environment;
  // Well within the session, so that a write that began before a freeze is over before others take its place.
  const requestTimeoutMs = Math.floor(kafka.sessionTimeoutMs / 3);
  switch (store.kind) {
    case "qdrant":
      return { kind: store.kind, ...qdrant, requestTimeoutMs };
    case "pgvector": {
      const url = requirePgvectorUrl(name, environment);
      return { kind: store.kind, url, schema: store.schema, requestTimeoutMs };
    }
    case "zvec":
      return { kind: store.kind, directory: join(zvec.directory, name) };
    default:
      return store satisfies never;
  }
}
