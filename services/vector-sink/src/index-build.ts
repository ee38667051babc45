import { Bell } from "@freshet/streaming/bell";
import type { Logger } from "@freshet/streaming/logger";
import type { StoreCapabilities, VectorStore } from "@freshet/vector-stores/vector-store";
import type { IndexCollection } from "./index-collection.js";
import { isFilled } from "./plan/is-filled.js";

/** How long an index may not have grown much. */
const WINDOW_MS = 30_000;
/** A snapshot that ended longer ago is read again from the topic, and the rows that changed since come behind its end. */
const RECENT_MS = 60_000;

export interface IndexBuildOptions {
  readonly index: string;
  /** The store's name in freshet.yaml. */
  readonly storeName: string;
  readonly store: Pick<VectorStore, "count" | "finishLoad"> & {
    readonly capabilities: Pick<StoreCapabilities, "deferredIndex">;
  };
  readonly collection: Pick<IndexCollection, "find">;
  readonly logger: Logger;
  readonly windowMs?: number | undefined;
}

/**
 * Has a store do what it put off while an index was filled, beside the rows that go on coming: once for each collection
 * and start of this process, whoever else has asked for it. Nothing depends on it but the speed of searches, so what goes
 * wrong is logged and tried again.
 */
export class IndexBuild {
  readonly #options: IndexBuildOptions;
  readonly #ended = new Bell();
  #hasSnapshotEnded = false;
  #created = 0;
  /** When it was last looked at. */
  #points = 0;
  #finished: string | undefined;

  constructor(options: IndexBuildOptions) {
    this.#options = options;
  }

  /** Rows were created. */
  grew(rows: number): void {
    this.#created += rows;
  }

  /** @param sentAt when the end came into its topic, ms since the Unix epoch. */
  snapshotEnded(sentAt: number): void {
    if (Date.now() - sentAt > RECENT_MS) return;
    this.#hasSnapshotEnded = true;
    this.#ended.ring();
  }

  /** Until the signal is aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { windowMs = WINDOW_MS, store } = this.#options;
    if (!store.capabilities.deferredIndex) return;
    while (!signal.aborted) {
      if (!this.#hasSnapshotEnded) await this.#ended.wait({ timeoutMs: windowMs, signal });
      try {
        await this.#look(signal);
      } catch (error) {
        this.#complain(error, signal);
      }
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { store, collection } = this.#options;
    const [created, hasSnapshotEnded] = [this.#created, this.#hasSnapshotEnded];
    this.#created = 0;
    this.#hasSnapshotEnded = false;
    const name = (await collection.find())?.name;
    if (signal.aborted || name === undefined || name === this.#finished) return;
    // Other processes may fill it. Of a very large one the count may take too long; then it's filled when nothing comes here.
    const points = await store.count(name).catch(() => undefined);
    const grown = points === undefined ? created : points - this.#points;
    this.#points = points ?? this.#points;
    if (isFilled({ hasSnapshotEnded, grown, points: points ?? 1 })) await this.#finish(name, signal);
  }

  async #finish(name: string, signal: AbortSignal): Promise<void> {
    const { index, storeName: store, logger } = this.#options;
    const startedAt = performance.now();
    await this.#options.store.finishLoad(name, signal);
    this.#finished = name;
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    logger.info({ index, store, collection: name, seconds }, "The search index is there.");
  }

  #complain(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    const { index, storeName: store, logger } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn(
      { index, store, reason },
      "The search index can't be looked after just now; until it is there, searches look at every point.",
    );
  }
}
