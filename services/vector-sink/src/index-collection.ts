import type { ModelIdentity } from "@freshet/schemas/embedded-document";
import { FatalError } from "@freshet/streaming/errors";
import { requireCompatible } from "@freshet/vector-stores/collection-model";
import type { CollectionFeatures, CollectionSpec, Distance } from "@freshet/vector-stores/collection-spec";
import { InputRefusedError } from "@freshet/vector-stores/errors";
import { refuseUnreadPartitions } from "@freshet/vector-stores/partitioned/unread-partitions";
import type { VectorStore } from "@freshet/vector-stores/vector-store";
import { collectionName } from "./collection-name.js";

export interface IndexCollectionOptions {
  readonly store: VectorStore;
  readonly index: string;
  readonly distance: Distance;
  readonly features: CollectionFeatures;
}

/** The collection behind an index's alias; made when the first vectors come, because they bring their model. */
export class IndexCollection {
  readonly #store: VectorStore;
  readonly #index: string;
  readonly #distance: Distance;
  readonly #features: CollectionFeatures;
  #known: CollectionSpec | undefined;
  #making: Promise<CollectionSpec> | undefined;

  constructor(options: IndexCollectionOptions) {
    this.#store = options.store;
    this.#index = options.index;
    this.#distance = options.distance;
    this.#features = options.features;
  }

  /** Undefined when nothing was ever stored, or it was deleted before this process knew it. */
  async find(): Promise<CollectionSpec | undefined> {
    if (this.#known) return this.#known;
    const name = await this.#store.resolveAlias(this.#index);
    if (name === null) return undefined;
    const spec = await this.#store.describe(name);
    if (!spec) return undefined;
    await refuseUnreadPartitions(this.#store, name);
    // Also brings what an interrupted making of the collection left out, and fields that the configuration has anew.
    const wanted = { ...spec, features: this.#features };
    await this.#ensure(wanted);
    this.#known = wanted;
    return wanted;
  }

  /** @throws {CollectionMismatchError} when the index's vectors are of another model or distance. */
  async findOrMake(model: ModelIdentity): Promise<CollectionSpec> {
    const made = () => (this.#making ??= this.#make(model).finally(() => (this.#making = undefined)));
    const collection = (await this.find()) ?? (await made());
    requireCompatible(collection, { model, distance: this.#distance, features: this.#features });
    return collection;
  }

  /** Whether the store has lost the collection since this process knows it; false when the store doesn't say. */
  async isGone(): Promise<boolean> {
    if (!this.#known) return false;
    const found = await this.#store.describe(this.#known.name).catch(() => undefined);
    return found === null;
  }

  async #make(model: ModelIdentity): Promise<CollectionSpec> {
    const made = {
      name: collectionName(this.#index, model),
      model,
      distance: this.#distance,
      features: this.#features,
    };
    await this.#ensure(made);
    await this.#store.swapAlias(this.#index, made.name);
    this.#known = made;
    return made;
  }

  /** What a store refuses of a collection is the configuration's, and no row's: rows aren't given up for it. */
  async #ensure(spec: CollectionSpec): Promise<void> {
    try {
      await this.#store.ensureCollection(spec);
    } catch (error) {
      if (!(error instanceof InputRefusedError)) throw error;
      throw new FatalError(`Index ${this.#index}: ${error.message}`, { cause: error });
    }
  }
}
