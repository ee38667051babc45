import { InputRefusedError } from "../errors.js";
import type { CollectionSpec } from "../collection-spec.js";
import type { Point, PointLabels, ScrollPage, SearchableStore, SearchHit, SearchRequest } from "../vector-store.js";
import { newest, onePerId } from "./copies.js";
import { PartitionedLabels } from "./labels.js";
import { mergedPage } from "./merged-page.js";
import { isPartition, partitionIn } from "./partition-name.js";
import type { Partitioning } from "./partitioning.js";
import { RootCollections } from "./root-collections.js";

/** Reads the collections of a root as one. */
export class PartitionedSearchableStore implements SearchableStore {
  readonly labels: PointLabels | undefined;
  protected readonly collections: RootCollections;
  readonly #store: SearchableStore;
  readonly #partitioning: Partitioning;

  constructor(store: SearchableStore, partitioning: Partitioning) {
    this.collections = new RootCollections(store);
    this.labels = store.labels && new PartitionedLabels(store.labels, this.collections);
    this.#store = store;
    this.#partitioning = partitioning;
  }

  check(): Promise<string> {
    return this.#store.check();
  }

  /** Roots alone. */
  async list(): Promise<string[]> {
    return (await this.#store.list()).filter((collection) => !isPartition(collection));
  }

  resolveAlias(alias: string): Promise<string | null> {
    return this.#store.resolveAlias(alias);
  }

  describe(collection: string): Promise<CollectionSpec | null> {
    return this.#store.describe(collection);
  }

  async search(root: string, request: SearchRequest): Promise<SearchHit[]> {
    const { filter, k, text } = request;
    if (text !== undefined) {
      throw new InputRefusedError("A partitioned index can't be searched by words: ask with mode dense.");
    }
    const all = await this.collections.all(root);
    const asked = all.filter((collection) => {
      const partition = partitionIn(root, collection);
      return partition === null || !filter || this.#partitioning.mayMatch(partition, filter);
    });
    // As they come: all that a thousand partitions answer wouldn't fit into memory.
    let best: SearchHit[] = [];
    await this.collections.ask(asked, async (collection) => {
      const hits = await this.#store.search(collection, request);
      best = nearest([...best, ...hits], k);
    });
    return best;
  }

  async scroll(root: string, limit: number, after: string | null): Promise<ScrollPage> {
    const all = await this.collections.all(root);
    // One more, for the stores that begin with `after`.
    const pages = await this.collections.ask(all, (collection) => this.#store.scroll(collection, limit + 1, after));
    return mergedPage(pages, limit, after);
  }

  /** A point that a crash left twice counts twice until its row is written again. */
  async count(root: string): Promise<number> {
    const counts = await this.collections.ask(await this.collections.all(root), (collection) =>
      this.#store.count(collection),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async retrieve(root: string, ids: readonly string[]): Promise<Map<string, Point>> {
    const all = await this.collections.all(root);
    const found = await this.collections.ask(all, (collection) => this.#store.retrieve(collection, ids));
    return onePerId(
      found.flatMap((points) => [...points.values()]),
      newest,
    );
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

function nearest(hits: readonly SearchHit[], k: number): SearchHit[] {
  return [...onePerId(hits, newest).values()].sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, k);
}
