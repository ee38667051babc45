import type { ModelIdentity } from "@freshet/schemas/embedded-document";
import { FatalError } from "@freshet/streaming/errors";
import { collectionName } from "@freshet/vector-stores/collection-name";
import { requireCompatible } from "@freshet/vector-stores/collection-model";
import type {
  CollectionFeatures,
  CollectionOrigin,
  CollectionSpec,
  Distance,
} from "@freshet/vector-stores/collection-spec";
import { InputRefusedError } from "@freshet/vector-stores/errors";
import { findCollection } from "@freshet/vector-stores/find-collection";
import { refuseUnreadPartitions } from "@freshet/vector-stores/partitioned/unread-partitions";
import type { VectorStore } from "@freshet/vector-stores/vector-store";

export interface IndexCollectionOptions {
  readonly store: VectorStore;
  readonly origin: CollectionOrigin;
  readonly distance: Distance;
  readonly features: CollectionFeatures;
  /** Whether the index's alias is to name it. */
  readonly serves: () => boolean;
  /** Whether it has what it is to have when another one could answer instead. */
  readonly isFilled: () => Promise<boolean>;
  /** Whether a generation of the index is of a record that was lost, and so is to go on answering. */
  readonly isOfLostRecord: (generation: number) => boolean;
}

/**
 * `waiting`: until it is there, and has what it is to have. `unrecorded`: a newer generation answers, of which the record
 * knows nothing, as it was lost.
 */
export type ServeResult = "kept" | "moved" | "waiting" | "unrecorded";

/** The collection of an index's generation; made when the first vectors come, or their model is known otherwise. */
export class IndexCollection {
  readonly #options: IndexCollectionOptions;
  #known: CollectionSpec | undefined;
  #making: Promise<CollectionSpec> | undefined;

  constructor(options: IndexCollectionOptions) {
    this.#options = options;
  }

  /** Undefined when it was never made, or it was deleted before this process knew it. */
  async find(): Promise<CollectionSpec | undefined> {
    if (this.#known) return this.#known;
    const { store, origin, features } = this.#options;
    const spec = await findCollection(store, origin);
    if (!spec) return undefined;
    await refuseUnreadPartitions(store, spec.name);
    // Also brings what an interrupted making of the collection left out, and fields that the configuration has anew.
    const wanted = { ...spec, features, origin };
    await this.#ensure(wanted);
    this.#known = wanted;
    return wanted;
  }

  /** @throws {CollectionMismatchError} when its vectors are of another model or distance. */
  async findOrMake(model: ModelIdentity): Promise<CollectionSpec> {
    const made = () => (this.#making ??= this.#make(model).finally(() => (this.#making = undefined)));
    const collection = (await this.find()) ?? (await made());
    requireCompatible(collection, { ...this.#options, model });
    return collection;
  }

  /** Whether the store has lost the collection since this process knows it; false when the store doesn't say. */
  async isGone(): Promise<boolean> {
    if (!this.#known) return false;
    const found = await this.#options.store.describe(this.#known.name).catch(() => undefined);
    return found === null;
  }

  /** Points the index's alias to the collection, when it is to be searched. */
  async serve(): Promise<ServeResult> {
    const { store, origin, serves, isFilled } = this.#options;
    const name = this.#known?.name;
    if (name === undefined) return "waiting";
    const named = await store.resolveAlias(origin.index);
    if (named === name) return "kept";
    const answering = await this.#described(named);
    if (answering && this.#isUnrecorded(answering)) return "unrecorded";
    if (answering && !(await isFilled())) return "waiting";
    // That took its time, and another one may be to serve by now.
    if (!serves()) return "kept";
    await this.#configured(() => store.swapAlias(origin.index, name));
    return "moved";
  }

  /** Whether searches are answered by a newer generation of a record that was lost, and so don't need this one. */
  async isPassedOver(): Promise<boolean> {
    const { store, origin } = this.#options;
    const answering = await this.#described(await store.resolveAlias(origin.index));
    return answering !== null && this.#isUnrecorded(answering);
  }

  async #described(name: string | null): Promise<CollectionSpec | null> {
    return name === null ? null : this.#options.store.describe(name);
  }

  #isUnrecorded({ origin: other }: CollectionSpec): boolean {
    const { origin, isOfLostRecord } = this.#options;
    if (other === null || other.index !== origin.index) return false;
    return other.generation > origin.generation && isOfLostRecord(other.generation);
  }

  async #make(model: ModelIdentity): Promise<CollectionSpec> {
    const { origin, distance, features, serves } = this.#options;
    const made = {
      name: collectionName(origin.index, model, origin.generation),
      ...{ model, distance, features, origin },
    };
    await this.#ensure(made);
    this.#known = made;
    if (serves()) await this.serve();
    return made;
  }

  #ensure(spec: CollectionSpec): Promise<void> {
    return this.#configured(() => this.#options.store.ensureCollection(spec));
  }

  /** What a store refuses of a collection or its alias is the configuration's, and no row's: rows aren't given up for it. */
  async #configured(request: () => Promise<void>): Promise<void> {
    try {
      await request();
    } catch (error) {
      if (!(error instanceof InputRefusedError)) throw error;
      throw new FatalError(`Index ${this.#options.origin.index}: ${error.message}`, { cause: error });
    }
  }
}
