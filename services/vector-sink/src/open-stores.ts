import type { Configuration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
import { openStore } from "@freshet/vector-stores/open-store";
import type { VectorStore } from "@freshet/vector-stores/vector-store";

/** The stores that some index names. @throws what opening one throws, after closing the others. */
export async function openStores(
  { stores, indexes }: Configuration,
  { stores: places, kafka }: Environment,
): Promise<Map<string, VectorStore>> {
  const used = new Set(Object.values(indexes).flatMap((index) => index.stores));
  // Well within the session, so that a write that began before a freeze is over before others take its place.
  const requestTimeoutMs = Math.floor(kafka.sessionTimeoutMs / 3);
  const open = new Map<string, VectorStore>();
  try {
    for (const [name, store] of Object.entries(stores)) {
      if (used.has(name)) open.set(name, await openStore(store, { name, places, requestTimeoutMs }));
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
