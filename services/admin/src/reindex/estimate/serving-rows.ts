import type { Configuration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
import type { RunningGeneration } from "@freshet/generations/running-generation";
import { StoreUnavailableError } from "@freshet/vector-stores/errors";
import { findCollection } from "@freshet/vector-stores/find-collection";
import { openSearchableStore } from "@freshet/vector-stores/open-store";
import { partitionedSearchableStore } from "@freshet/vector-stores/partitioned/open";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";

const POINTS_LOOKED_AT = 1_000;
const IDS_PER_READ = 500;

/** What the serving collection has, in the first of the index's stores. */
export class ServingRows {
  readonly #store: SearchableStore;
  readonly #collection: string;

  private constructor(store: SearchableStore, collection: string) {
    this.#store = store;
    this.#collection = collection;
  }

  /** Null when the store doesn't answer, or has nothing of it. */
  static async open(
    { index, number, settings }: RunningGeneration,
    { stores }: Configuration,
    { stores: places }: Environment,
  ): Promise<ServingRows | null> {
    const [name = ""] = settings.stores;
    const storeSettings = stores[name];
    if (storeSettings === undefined) return null;
    try {
      const opened = await openSearchableStore(storeSettings, { name, places });
      const found = await findCollection(opened, { index, generation: number });
      if (found !== null) return new ServingRows(partitionedSearchableStore(opened, settings.partitionBy), found.name);
      await opened.close();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
    return null;
  }

  /** About: points come in the order of their ids, which are hashes, so the first ones are like all. */
  async count(): Promise<number> {
    const { points } = await this.#store.scroll(this.#collection, POINTS_LOOKED_AT, null);
    if (points.length === 0) return 0;
    const rows = points.filter(({ metadata }) => metadata.chunk === 0).length;
    return ((await this.#store.count(this.#collection)) * rows) / points.length;
  }

  /** The hashes of the points' texts, by id. */
  async hashes(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const hashes = new Map<string, string>();
    for (let start = 0; start < ids.length; start += IDS_PER_READ) {
      const points = await this.#store.retrieve(this.#collection, ids.slice(start, start + IDS_PER_READ));
      for (const [id, { metadata }] of points) hashes.set(id, metadata.textHash);
    }
    return hashes;
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
