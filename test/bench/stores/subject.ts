import type { CollectionSpec } from "@freshet/vector-stores/collection-spec";
import type { PayloadFilter } from "@freshet/vector-stores/payload-filter";
import type { Point, VectorStore } from "@freshet/vector-stores/vector-store";

/** How many points a request has, and how many requests are on their way at once. */
export interface RequestSettings {
  readonly points: number;
  readonly inFlight: number;
}

export interface BareSearch {
  readonly vector: Float32Array;
  readonly k: number;
  readonly filter: EqualFilter | null;
}
export type EqualFilter = Extract<PayloadFilter, { equals: unknown }>;

/** A collection written and read with the store's own client, and nothing between. */
export interface BareCollection {
  /** One request; durable when it resolves, as the adapter's are. */
  upsert(points: readonly Point[]): Promise<void>;
  /** Builds the index, where that was put off. */
  finish(): Promise<void>;
  /** The ids, best first, of answers that hold what the adapter's answers hold. */
  search(request: BareSearch): Promise<string[]>;
  drop(): Promise<void>;
}

/** One way to write with a store's own client. */
export interface BareClient {
  /** What it is, in a figure's name. */
  readonly name: string;
  /** Settings of the loop that are worth a try. */
  readonly settings: readonly RequestSettings[];
  /** A new collection, its index put off where the adapter puts it off. */
  open(spec: CollectionSpec): Promise<BareCollection>;
}

/** A store that is measured. */
export interface Subject {
  readonly name: string;
  readonly store: VectorStore;
  /** As a user of the store would write who knows its documentation; also what is searched beside the adapter. */
  readonly client: BareClient;
  /** Other ways, which tell what of the adapter's cost is what. */
  readonly others?: readonly BareClient[];
  /** At most so many, where more would take too long. */
  readonly points?: number;
  /** Resolves when searches have the whole index. */
  indexed(collection: string): Promise<void>;
  close(): Promise<void>;
}
