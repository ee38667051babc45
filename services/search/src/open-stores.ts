import type { Configuration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
import { openSearchableStore } from "@freshet/vector-stores/open-store";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";

/** The store that answers for each index, its first, by the store's name in the configuration. */
export async function openStores(
  { stores, indexes }: Configuration,
  { stores: places }: Environment,
): Promise<Map<string, SearchableStore>> {
  const used = new Set(Object.values(indexes).map(({ stores: [first] }) => first));
  const opened = Object.entries(stores)
    .filter(([name]) => used.has(name))
    .map(async ([name, store]) => [name, await openSearchableStore(store, { name, places })] as const);
  return new Map(await Promise.all(opened));
}
