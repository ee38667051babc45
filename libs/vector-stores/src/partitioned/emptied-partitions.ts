import type { StoreCapabilities, VectorStore } from "../vector-store.js";

type DroppingStore = Pick<VectorStore, "count" | "describe" | "drop"> & {
  readonly capabilities: Pick<StoreCapabilities, "singleProcess">;
};

/**
 * Drops partitions whose last point went: between writes, so that none is dropped under a point that is being written. That
 * needs all writers, so only in a store that one process has open; elsewhere they stay, empty.
 */
export class EmptiedPartitions {
  readonly #store: DroppingStore;
  readonly #candidates = new Set<string>();
  #writers = 0;
  #dropping: Promise<void> | undefined;

  constructor(store: DroppingStore) {
    this.#store = store;
  }

  /** Of which some points were deleted. */
  note(partitions: Iterable<string>): void {
    if (!this.#store.capabilities.singleProcess) return;
    for (const partition of partitions) this.#candidates.add(partition);
  }

  /** Each write of a partitioned collection is to be done by this. */
  async write<T>(write: () => Promise<T>): Promise<T> {
    while (this.#dropping) await this.#dropping;
    this.#writers += 1;
    try {
      return await write();
    } finally {
      this.#writers -= 1;
      if (this.#writers === 0 && this.#candidates.size > 0) {
        await (this.#dropping = this.#drop().finally(() => (this.#dropping = undefined)));
      }
    }
  }

  /** Never rejects: what was written is written. */
  async #drop(): Promise<void> {
    const candidates = [...this.#candidates];
    this.#candidates.clear();
    for (const partition of candidates) {
      try {
        if ((await this.#store.count(partition)) === 0) await this.#store.drop(partition);
      } catch {
        // After the next write again, unless it went all the same.
        const isThere = await this.#store.describe(partition).then(Boolean, () => true);
        if (isThere) this.note([partition]);
      }
    }
  }
}
