import { labelSum, type LabelSum } from "@freshet/vector-stores/label-sums";
import { pointId } from "@freshet/vector-stores/point-id";
import { rowDigest } from "@freshet/vector-stores/row-digest";
import { slices } from "@freshet/vector-stores/slices";
import type { Point, ScrollPage, SearchableStore, StoredPoint } from "@freshet/vector-stores/vector-store";
import { BucketSums } from "./bucket-sums.js";
import type { Suspect } from "./differences.js";
import { toIndexedRow, toSeenPoint, type IndexedRow, type SeenPoint } from "./indexed-row.js";

export interface IndexSums {
  /** Of the rows' chunks 0. */
  readonly heads: BucketSums;
  /** Of all points; equals `counted` where every row has just the chunks that its chunk 0 counts, each of its state. */
  readonly points: BucketSums;
  /** Of the chunks that the chunks 0 count. */
  readonly counted: BucketSums;
}

const POINTS_PER_PAGE = 1_000;
const POINTS_PER_READ = 500;
const ROWS_PER_READ = 500;

type PointsByKey = Map<string, [SeenPoint, ...SeenPoint[]]>;

/** An index's points in one store. */
export class IndexRows {
  readonly #store: SearchableStore;
  readonly #index: string;
  readonly #collection: string;
  readonly #closed = new AbortController();

  constructor(options: { readonly store: SearchableStore; readonly index: string; readonly collection: string }) {
    this.#store = options.store;
    this.#index = options.index;
    this.#collection = options.collection;
  }

  /** @param onPoints told how many more were read. */
  async sums(onPoints: (count: number) => void): Promise<IndexSums> {
    const [heads, points, counted] = [new BucketSums(), new BucketSums(), new BucketSums()];
    for await (const sums of this.#labelSums()) {
      let read = 0;
      for (const { bucket, digests, imbalance, ...numbers } of sums) {
        heads.addSum({ bucket, rows: numbers.heads, digests });
        points.addSum({ bucket, rows: numbers.points, digests: imbalance });
        counted.addSum({ bucket, rows: numbers.chunks, digests: 0n });
        read += numbers.points;
      }
      onPoints(read);
    }
    return { heads, points, counted };
  }

  /** The rows in these buckets, by key. */
  async rowsIn(buckets: readonly number[]): Promise<Map<string, IndexedRow>> {
    if (buckets.length === 0) return new Map();
    const points: PointsByKey = new Map();
    for await (const some of this.#pointsIn(buckets)) for (const point of some) this.#keep(points, point);
    return toRows(points);
  }

  /** Those of the rows that have points, by key. */
  async read(suspects: readonly Suspect[]): Promise<ReadonlyMap<string, IndexedRow>> {
    const rows = new Map<string, IndexedRow>();
    for (const some of slices(suspects, ROWS_PER_READ)) {
      const points: PointsByKey = new Map();
      const heads = some.flatMap(({ key, strays }) => [pointId(this.#index, key, 0), ...strays]);
      for await (const point of this.#retrieve(heads)) this.#keep(points, point);
      for await (const point of this.#retrieve(this.#otherChunks(some, points))) this.#keep(points, point);
      for (const [key, row] of toRows(points)) rows.set(key, row);
    }
    return rows;
  }

  /** All points that the rows' chunks 0 count, by key and in order; as many rows at a time as have some hundreds of points. */
  async *whole(keys: readonly string[]): AsyncGenerator<ReadonlyMap<string, readonly Point[]>, void, void> {
    let rows = new Map<string, Point[]>();
    let wanted: string[] = [];
    const ids = keys.map((key) => pointId(this.#index, key, 0));
    for (const some of slices(ids, POINTS_PER_READ)) {
      for (const head of (await this.#store.retrieve(this.#collection, some)).values()) {
        const { key, chunks } = head.metadata;
        rows.set(key, [head]);
        for (let chunk = 1; chunk < chunks; chunk += 1) wanted.push(pointId(this.#index, key, chunk));
        if (rows.size + wanted.length < POINTS_PER_READ) continue;
        yield await this.#completed(rows, wanted);
        rows = new Map();
        wanted = [];
      }
    }
    if (rows.size > 0) yield await this.#completed(rows, wanted);
  }

  /** What is being read ends; the store stays open. */
  close(): Promise<void> {
    this.#closed.abort();
    return Promise.resolve();
  }

  async #completed(
    rows: Map<string, Point[]>,
    others: readonly string[],
  ): Promise<ReadonlyMap<string, readonly Point[]>> {
    for await (const point of this.#retrieve(others)) rows.get(point.metadata.key)?.push(point);
    for (const row of rows.values()) row.sort((a, b) => a.metadata.chunk - b.metadata.chunk);
    return rows;
  }

  #keep(points: PointsByKey, point: StoredPoint): void {
    const seen = toSeenPoint(this.#index, point);
    const others = points.get(point.metadata.key);
    if (others) others.push(seen);
    else points.set(point.metadata.key, [seen]);
  }

  *#otherChunks(suspects: readonly Suspect[], heads: PointsByKey): Generator<string> {
    for (const { key, lastChunk } of suspects) {
      const head = heads.get(key)?.find(({ chunk, stray }) => chunk === 0 && stray === null);
      const last = Math.max(lastChunk, (head?.chunks ?? 0) - 1);
      for (let chunk = 1; chunk <= last; chunk += 1) yield pointId(this.#index, key, chunk);
    }
  }

  async *#retrieve(ids: Iterable<string>): AsyncGenerator<Point, void, void> {
    let some: string[] = [];
    for (const id of ids) {
      some.push(id);
      if (some.length < POINTS_PER_READ) continue;
      yield* (await this.#store.retrieve(this.#collection, some)).values();
      some = [];
    }
    if (some.length > 0) yield* (await this.#store.retrieve(this.#collection, some)).values();
  }

  async *#labelSums(): AsyncGenerator<readonly LabelSum[], void, void> {
    const { labels } = this.#store;
    if (labels !== undefined) yield await labels.sums(this.#collection, this.#closed.signal);
    else for await (const page of this.#pages()) yield page.map(({ metadata }) => labelSum(metadata));
  }

  async *#pointsIn(buckets: readonly number[]): AsyncGenerator<readonly StoredPoint[], void, void> {
    const { labels } = this.#store;
    if (labels !== undefined) {
      yield await labels.inBuckets(this.#collection, buckets, this.#closed.signal);
      return;
    }
    const asked = new Set(buckets);
    for await (const page of this.#pages()) {
      yield page.filter(({ metadata }) => asked.has(rowDigest(metadata.key, null).bucket));
    }
  }

  async *#pages(): AsyncGenerator<readonly StoredPoint[], void, void> {
    const scroll = (after: string | null) => this.#store.scroll(this.#collection, POINTS_PER_PAGE, after);
    let coming: Promise<ScrollPage> | null = scroll(null);
    while (coming !== null) {
      const { points, next }: ScrollPage = await coming;
      // The store reads the next page while this one is looked at.
      coming = next === null ? null : scroll(next);
      coming?.catch(() => undefined);
      this.#closed.signal.throwIfAborted();
      yield points;
    }
  }
}

function toRows(points: PointsByKey): Map<string, IndexedRow> {
  return new Map([...points].map(([key, all]) => [key, toIndexedRow(all)]));
}
