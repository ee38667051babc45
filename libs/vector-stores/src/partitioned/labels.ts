import { addByBucket, type LabelSum } from "../label-sums.js";
import type { PointLabels, StoredPoint } from "../vector-store.js";
import { oldest, onePerId } from "./copies.js";
import type { RootCollections } from "./root-collections.js";

/** Each question is a look at all that a collection has. */
const AT_ONCE = 1;

/** Reads the labels of a root's collections as one's. */
export class PartitionedLabels implements PointLabels {
  readonly #labels: PointLabels;
  readonly #collections: RootCollections;

  constructor(labels: PointLabels, collections: RootCollections) {
    this.#labels = labels;
    this.#collections = collections;
  }

  /** A point that a crash left twice counts twice until its row is written again. */
  async sums(root: string, signal: AbortSignal): Promise<readonly LabelSum[]> {
    const sums = new Map<number, LabelSum>();
    const add = async (collection: string) => addByBucket(sums, await this.#labels.sums(collection, signal));
    await this.#collections.ask(await this.#collections.all(root), add, AT_ONCE);
    return [...sums.values()];
  }

  /** Of such a point the copy that a scroll gives. */
  async inBuckets(root: string, buckets: readonly number[], signal: AbortSignal): Promise<readonly StoredPoint[]> {
    const read = (collection: string) => this.#labels.inBuckets(collection, buckets, signal);
    const found = await this.#collections.ask(await this.#collections.all(root), read, AT_ONCE);
    return [...onePerId(found.flat(), oldest).values()];
  }
}
