import { join } from "node:path";
import type { Configuration, StoreConfiguration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
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

function toStoreConfig(name: string, { kind }: StoreConfiguration, { qdrant, zvec, kafka }: Environment): StoreConfig {
  switch (kind) {
    case "qdrant":
      // Well within the session, so that a write that began before a freeze is over before others take its place.
      return { kind, ...qdrant, requestTimeoutMs: Math.floor(kafka.sessionTimeoutMs / 3) };
    case "zvec":
      return { kind, directory: join(zvec.directory, name) };
    default:
      return kind satisfies never;
  }
}
