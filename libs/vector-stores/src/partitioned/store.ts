import type { CollectionSpec } from "../collection-spec.js";
import { InputRefusedError } from "../errors.js";
import { runInFlight } from "../in-flight.js";
import { withStoredVectors } from "../payload-updates.js";
import { refuseVectors } from "../refused-vectors.js";
import type { BeforeWrite, Point, PointMetadata, StoreBatch, StoreCapabilities, VectorStore } from "../vector-store.js";
import { oldest } from "./copies.js";
import { dropWithPartitions } from "./drop.js";
import { EmptiedPartitions } from "./emptied-partitions.js";
import { isPartition, partitionName, refuseReserved } from "./partition-name.js";
import type { Partitioning } from "./partitioning.js";
import { REQUESTS_IN_FLIGHT } from "./root-collections.js";
import { PartitionedSearchableStore } from "./searchable-store.js";
import { WritePlan, type CollectionWrites, type Copy, type Move } from "./write-plan.js";

/** Each search and each write asks all of them. */
const MAX_PARTITIONS = 1000;
const NOTHING: CollectionWrites = { upserts: [], moves: [], payloads: [], deletes: [] };

export interface PartitionedStoreOptions {
  readonly store: VectorStore;
  readonly partitioning: Partitioning;
  /** 1,000 unless given. */
  readonly maxPartitions?: number;
}

/**
 * Spreads a collection's points over partitions. A point that goes to another one is stored there before it is deleted here, so
 * that a crash leaves it twice rather than never; `read` then tells the older copy, and whoever writes the row again removes it.
 */
export class PartitionedStore extends PartitionedSearchableStore implements VectorStore {
  readonly capabilities: StoreCapabilities;
  readonly #store: VectorStore;
  readonly #partitioning: Partitioning;
  readonly #emptied: EmptiedPartitions;
  readonly #maxPartitions: number;
  readonly #specs = new Map<string, CollectionSpec>();
  /** Roots whose backfill has ended. */
  readonly #loaded = new Set<string>();

  constructor({ store, partitioning, maxPartitions = MAX_PARTITIONS }: PartitionedStoreOptions) {
    super(store, partitioning);
    this.#store = store;
    this.#partitioning = partitioning;
    this.#maxPartitions = maxPartitions;
    this.#emptied = new EmptiedPartitions(store);
    // A collection that lacks a point takes it at any position, and its BM25 knows its own texts alone.
    this.capabilities = { ...store.capabilities, versionGuard: false, hybrid: false };
  }

  async ensureCollection(spec: CollectionSpec): Promise<void> {
    refuseReserved(spec.name);
    if (spec.features.hybrid)
      throw new InputRefusedError(`The collection ${spec.name} can't be partitioned and hybrid.`);
    this.#specs.delete(spec.name);
    await this.#store.ensureCollection(spec);
    for (const name of await this.collections.all(spec.name)) {
      if (name !== spec.name) await this.#store.ensureCollection({ ...spec, name });
    }
  }

  swapAlias(alias: string, root: string): Promise<void> {
    return this.#store.swapAlias(alias, root);
  }

  drop(root: string): Promise<void> {
    this.#specs.delete(root);
    return dropWithPartitions(this.#store, root);
  }

  async read(root: string, ids: readonly string[]): Promise<Map<string, PointMetadata>> {
    const copies = await this.#copiesOf(await this.collections.all(root), ids);
    return new Map([...copies].map(([id, found]) => [id, found.reduce(oldest).metadata]));
  }

  apply(root: string, batch: StoreBatch, beforeWrite: BeforeWrite): Promise<void> {
    return this.#emptied.write(() => this.#apply(root, batch, beforeWrite));
  }

  async #apply(root: string, batch: StoreBatch, beforeWrite: BeforeWrite): Promise<void> {
    const spec = await this.#specOf(root);
    refuseVectors(batch.upserts, spec.model.dimensions);
    const all = await this.collections.all(root);
    const ids = [...batch.upserts, ...batch.payloads, ...batch.deletes].map(({ id }) => id);
    const plan = new WritePlan({
      batch,
      copies: await this.#copiesOf(all, ids),
      collectionFor: (payload) => {
        const partition = this.#partitioning.partitionOf(payload);
        return partition === null ? root : partitionName(root, partition);
      },
    });
    await this.#make(spec, all, plan);
    const write = async (collection: string, { upserts, moves, payloads, deletes }: CollectionWrites) => {
      const moved = await this.#withVectors(moves);
      await this.#store.apply(collection, { upserts: [...upserts, ...moved], payloads, deletes }, beforeWrite);
    };
    await inFlight([...plan.writes], ([collection, writes]) => write(collection, writes));
    await inFlight([...plan.removals], ([collection, deletes]) => write(collection, { ...NOTHING, deletes }));
    const deletedFrom = [...plan.writes].filter(([, { deletes }]) => deletes.length > 0);
    this.#emptied.note([...deletedFrom, ...plan.removals].map(([collection]) => collection).filter(isPartition));
  }

  async #specOf(root: string): Promise<CollectionSpec> {
    const spec = this.#specs.get(root) ?? (await this.#store.describe(root));
    if (!spec) throw new Error(`There is no collection ${root}.`);
    this.#specs.set(root, spec);
    return spec;
  }

  async #copiesOf(collections: readonly string[], ids: readonly string[]): Promise<Map<string, Copy[]>> {
    const copies = new Map<string, Copy[]>();
    if (ids.length === 0) return copies;
    const found = await this.collections.ask(collections, async (collection) => {
      return { collection, points: await this.#store.read(collection, ids) };
    });
    for (const { collection, points } of found) {
      for (const [id, metadata] of points) copies.set(id, [...(copies.get(id) ?? []), { collection, metadata }]);
    }
    return copies;
  }

  /** Makes the partitions that aren't there yet. @throws {InputRefusedError} when there would be too many. */
  async #make(spec: CollectionSpec, all: readonly string[], { writes }: WritePlan): Promise<void> {
    const missing = [...writes].filter(([collection]) => !all.includes(collection));
    if (all.length - 1 + missing.length > this.#maxPartitions) {
      throw new InputRefusedError(
        `The collection ${spec.name} has as many partitions as it can have, ${this.#maxPartitions}. Partition the index ` +
          "by a column with fewer values, or by longer periods; an emptied partition makes room.",
        {
          ids: missing
            .flatMap(([, { upserts, moves }]) => [...upserts, ...moves.map(({ update }) => update)])
            .map(({ id }) => id),
        },
      );
    }
    for (const [name] of missing) {
      await this.#store.ensureCollection({ ...spec, name });
      if (this.#loaded.has(spec.name)) await this.#store.finishLoad(name);
    }
  }

  async #withVectors(moves: readonly Move[]): Promise<Point[]> {
    const points: Point[] = [];
    for (const source of new Set(moves.map(({ from }) => from))) {
      const updates = moves.filter(({ from }) => from === source).map(({ update }) => update);
      const found = await this.#store.retrieve(
        source,
        updates.map(({ id }) => id),
      );
      points.push(...withStoredVectors(updates, found));
    }
    return points;
  }

  deleteOlder(root: string, rows: Parameters<VectorStore["deleteOlder"]>[1], beforeWrite: BeforeWrite): Promise<void> {
    return this.#emptied.write(async () => {
      const all = await this.collections.all(root);
      await inFlight(all, (collection) => this.#store.deleteOlder(collection, rows, beforeWrite));
      this.#emptied.note(all.filter(isPartition));
    });
  }

  /** One after the other: each may need all that the store has. Partitions that are made later put nothing off. */
  async finishLoad(root: string, signal?: AbortSignal): Promise<void> {
    this.#loaded.add(root);
    await this.#emptied.write(async () => {
      for (const collection of await this.collections.all(root)) await this.#store.finishLoad(collection, signal);
    });
  }
}

function inFlight<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  return runInFlight(
    REQUESTS_IN_FLIGHT,
    items.map((item) => () => work(item)),
  );
}
