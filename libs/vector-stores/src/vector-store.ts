import type { JsonObject } from "@freshet/schemas/lossless-json";
import type { Position } from "@freshet/schemas/position";
import type { CollectionSpec } from "./collection-spec.js";
import type { LabelSum } from "./label-sums.js";
import type { PayloadFilter } from "./payload-filter.js";

/** What Freshet stores of a point beside vector, text and the row's columns. */
export interface PointMetadata {
  readonly index: string;
  /** `schema.table`. */
  readonly table: string;
  /** The row's key as `encodeRowKey` writes it. */
  readonly key: string;
  readonly chunk: number;
  /** How many chunks the row has; the same in each of them. */
  readonly chunks: number;
  readonly position: Position;
  /** The partition of the index's topic. */
  readonly partition: number;
  readonly rowHash: string | null;
  readonly textHash: string;
  /** ms since the Unix epoch. */
  readonly committedAt: number;
  readonly indexedAt: number;
}

/** One chunk of one row as it lies in the store. */
export interface Point {
  /** See point-id.ts: a pure function of (index, key, chunk). */
  readonly id: string;
  readonly vector: Float32Array;
  readonly text: string;
  readonly payload: JsonObject;
  readonly metadata: PointMetadata;
}
/** Everything but the vector is replaced. */
export type PayloadUpdate = Omit<Point, "vector">;
export interface StoredPoint {
  readonly id: string;
  readonly metadata: PointMetadata;
}

export interface PointDelete {
  readonly id: string;
  /** A store that guards versions leaves a newer point; null deletes whatever is there. */
  readonly position: Position | null;
}

/**
 * Idempotent; a point's id is in at most one of the three lists. What is in one batch may be stored in any order, and
 * after a failure in part.
 */
export interface StoreBatch {
  readonly upserts: readonly Point[];
  /**
   * Of points that don't exist, nothing is stored; nor, where the store guards versions, of those that have another text:
   * unless these are newer, the batch then fails with a `StoreUnavailableError`, for whoever reads again what is stored.
   */
  readonly payloads: readonly PayloadUpdate[];
  readonly deletes: readonly PointDelete[];
}

export interface SearchRequest {
  readonly vector: Float32Array;
  readonly k: number;
  /** Only points that match; a store without the capability refuses it. */
  readonly filter?: PayloadFilter | undefined;
  /** Only hits whose score is at least this; not with `text`. */
  readonly threshold?: number | undefined;
  /** What was asked, in words: nearness and BM25 are fused by rank. A store or collection that isn't hybrid refuses it. */
  readonly text?: string | undefined;
  /** The columns that a hit's payload is to have; all of them when absent. */
  readonly payload?: readonly string[] | undefined;
}
export interface SearchHit extends PayloadUpdate {
  /**
   * Higher is nearer: the cosine of the angle, the inner product, or the Euclidean distance below zero. With the query's
   * text it is of reciprocal ranks, and comparable within one answer only.
   */
  readonly score: number;
}

export interface ScrollPage {
  readonly points: readonly StoredPoint[];
  /** Pass it to get the next page; null after the last. */
  readonly next: string | null;
}

/** Called with the request's time-out, in ms, before each request that writes; it throws to keep it from starting. */
export type BeforeWrite = (requestTimeoutMs: number) => void;

/** What a store can do beyond what every store must; README.md says what each lacks. */
export interface StoreCapabilities {
  /** The store itself refuses to overwrite a newer position; without it the single writer's comparison is all. */
  readonly versionGuard: boolean;
  /** Only one process may have the store open. */
  readonly singleProcess: boolean;
  /** Whoever reads an alias while it is swapped finds the one collection or the other. */
  readonly atomicAliasSwap: boolean;
  /** Searches can be narrowed by the row's columns. */
  readonly filters: boolean;
  /** Filters may name columns that aren't among the collection's fields. */
  readonly anyField: boolean;
  /** A range is also of a list's elements; without it, a list is in no range. */
  readonly listRanges: boolean;
  /** Collections can be hybrid. */
  readonly hybrid: boolean;
  /** A refused batch's error has the ids of the points that were refused. */
  readonly namesRefused: boolean;
  /** The search index of a new collection is built by `finishLoad`, and until then a search looks at every point. */
  readonly deferredIndex: boolean;
}

/** Reads what points say that they are where they lie. What ends early rejects when the signal is aborted. */
export interface PointLabels {
  /** Of all points. */
  sums(collection: string, signal: AbortSignal): Promise<readonly LabelSum[]>;
  /** The points of the rows in these buckets (see row-digest.ts), at one look at the collection. */
  inBuckets(collection: string, buckets: readonly number[], signal: AbortSignal): Promise<readonly StoredPoint[]>;
}

/** What `search` needs: also what a store that one process owns offers to others over HTTP. */
export interface SearchableStore {
  /** Stores without it are scrolled. */
  readonly labels?: PointLabels | undefined;
  /**
   * What answers, and where, as one sentence.
   *
   * @throws {StoreUnavailableError} when nothing does. @throws a sentence with the cure when it can't be used.
   */
  check(): Promise<string>;
  /** The names of all collections that Freshet made there. */
  list(): Promise<string[]>;
  /** Null when there is no such alias. */
  resolveAlias(alias: string): Promise<string | null>;
  /** Null when there is no such collection. */
  describe(collection: string): Promise<CollectionSpec | null>;
  /** Best first. */
  search(collection: string, request: SearchRequest): Promise<SearchHit[]>;
  /** By id, so that each point that is there all the while is seen once. Others may be seen or not. */
  scroll(collection: string, limit: number, after: string | null): Promise<ScrollPage>;
  count(collection: string): Promise<number>;
  /** Those of the points that exist, whole, by id. */
  retrieve(collection: string, ids: readonly string[]): Promise<Map<string, Point>>;
  close(): Promise<void>;
}

/**
 * One vector database behind one adapter. A name of a collection or an alias is any text: what the store can't take is
 * refused. Every method throws `StoreUnavailableError` when the same call may work
 * later, `InputRefusedError` when what was given can't be stored or read, and an error with a sentence for the operator
 * otherwise. A resolved write is durable.
 */
export interface VectorStore extends SearchableStore {
  readonly capabilities: StoreCapabilities;
  /**
   * Fields may be added to a collection that exists, where the store can.
   *
   * @throws {CollectionMismatchError} when it exists with another model, dimension or distance, or without a feature that
   * can't be added. @throws {InputRefusedError} when the store lacks the feature.
   */
  ensureCollection(spec: CollectionSpec): Promise<void>;
  /** Points the alias to the collection, atomically, whatever it named before. */
  swapAlias(alias: string, collection: string): Promise<void>;
  drop(collection: string): Promise<void>;
  /** Metadata of those of the points that exist, by id. */
  read(collection: string, ids: readonly string[]): Promise<Map<string, PointMetadata>>;
  /** Deletes never race upserts of the same row: they are done one after the other. */
  apply(collection: string, batch: StoreBatch, beforeWrite: BeforeWrite): Promise<void>;
  /** Deletes the points of one partition of a table that are older than the position: truncate, snapshot-end. */
  deleteOlder(
    collection: string,
    rows: { readonly table: string; readonly partition: number; readonly position: Position },
    beforeWrite: BeforeWrite,
  ): Promise<void>;
  /** After a backfill: builds what the store put off until then; at once where that is there, or the store goes on by itself. */
  finishLoad(collection: string, signal?: AbortSignal): Promise<void>;
}
