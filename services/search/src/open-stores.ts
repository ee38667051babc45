import type { Configuration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
import { requirePgvectorUrl } from "@freshet/process/pgvector-address";
import type { StoreConfiguration } from "@freshet/process/store-configuration";
import { openStore } from "@freshet/vector-stores/open-store";
import { openRemoteStore } from "@freshet/vector-stores/remote/store";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";

/** The store that answers for each index, its first, by the store's name in the configuration. */
export async function openStores(
  { stores, indexes }: Configuration,
  environment: Environment,
): Promise<Map<string, SearchableStore>> {
  const used = new Set(Object.values(indexes).map(({ stores: [first] }) => first));
  const opened = Object.entries(stores)
    .filter(([name]) => used.has(name))
    .map(async ([name, store]) => [name, await open(name, store, environment)] as const);
  return new Map(await Promise.all(opened));
}

async function open(name: string, store: StoreConfiguration, environment: Environment): Promise<SearchableStore> {
  switch (store.kind) {
    case "qdrant":
      return openStore({ kind: store.kind, ...environment.qdrant });
    case "pgvector":
      return openStore({ kind: store.kind, url: requirePgvectorUrl(name, environment), schema: store.schema });
    case "zvec":
      // Its files belong to the sink, which answers for them.
      return openRemoteStore({ url: environment.zvec.url, store: name });
    default:
      return store satisfies never;
  }
}
