import type { JsonObject } from "@freshet/schemas/lossless-json";
import type { ModelIdentity } from "@freshet/schemas/embedded-document";
import type { Position } from "@freshet/schemas/position";
import type { PayloadFilter } from "./payload-filter.js";

/** What makes a vector near: its angle, its inner product, or its distance in a straight line. */
export type Distance = "cosine" | "dot" | "euclid";

/** A physical collection: one index, one model. Searched through an alias, so that another can take its place. */
export interface CollectionSpec {
  readonly name: string;
  readonly model: ModelIdentity;
  readonly distance: Distance;
}

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
  /** Of points that don't exist, nothing is stored. */
  readonly payloads: readonly PayloadUpdate[];
  readonly deletes: readonly PointDelete[];
}

export interface SearchRequest {
  readonly vector: Float32Array;
  readonly k: number;
  /** Only points that match; a store without the capability refuses it. */
  readonly filter?: PayloadFilter | undefined;
  /** Only hits whose score is at least this. */
  readonly threshold?: number | undefined;
  /** The columns that a hit's payload is to have; all of them when absent. */
  readonly payload?: readonly string[] | undefined;
}
export interface SearchHit extends PayloadUpdate {
  /** Higher is nearer: the cosine of the angle, the inner product, or the Euclidean distance below zero. */
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
  /** A refused batch's error has the ids of the points that were refused. */
  readonly namesRefused: boolean;
  /** The search index is built by `finishLoad`, and until then a search looks at every point. */
  readonly deferredIndex: boolean;
}

/** What `search` needs: also what a store that one process owns offers to others over HTTP. */
export interface SearchableStore {
  /** Null when there is no such alias. */
  resolveAlias(alias: string): Promise<string | null>;
  /** Null when there is no such collection. */
  describe(collection: string): Promise<CollectionSpec | null>;
  /** Best first. */
  search(collection: string, request: SearchRequest): Promise<SearchHit[]>;
  /** By id, so that each point that is there all the while is seen once. Others may be seen or not. */
  scroll(collection: string, limit: number, after: string | null): Promise<ScrollPage>;
  count(collection: string): Promise<number>;
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
  /** @throws {CollectionMismatchError} when it exists with another model, dimension or distance. */
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
  /** After a backfill: builds what the store put off until then; at once where that is there or being built. */
  finishLoad(collection: string, signal?: AbortSignal): Promise<void>;
}
