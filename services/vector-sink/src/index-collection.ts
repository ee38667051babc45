import type { ModelIdentity } from "@freshet/schemas/embedded-document";
import { requireSameVectors } from "@freshet/vector-stores/collection-model";
import type { CollectionSpec, Distance, VectorStore } from "@freshet/vector-stores/vector-store";
import { collectionName } from "./collection-name.js";

/** The collection behind an index's alias; made when the first vectors come, because they bring their model. */
export class IndexCollection {
  readonly #store: VectorStore;
  readonly #index: string;
  readonly #distance: Distance;
  #known: CollectionSpec | undefined;

  constructor(options: { readonly store: VectorStore; readonly index: string; readonly distance: Distance }) {
    this.#store = options.store;
    this.#index = options.index;
    this.#distance = options.distance;
  }

  /** Undefined when nothing was ever stored. */
  async find(): Promise<CollectionSpec | undefined> {
    if (this.#known) return this.#known;
    const name = await this.#store.resolveAlias(this.#index);
    if (name === null) return undefined;
    const spec = await this.#store.describe(name);
    if (!spec) throw new Error(`The alias ${this.#index} names the collection ${name}, which isn't there.`);
    // Also brings what an interrupted making of the collection left out.
    await this.#store.ensureCollection(spec);
    this.#known = spec;
    return spec;
  }

  /** @throws {CollectionMismatchError} when the index's vectors are of another model or distance. */
  async findOrMake(model: ModelIdentity): Promise<CollectionSpec> {
    const found = await this.find();
    if (found) {
      requireSameVectors(found, { model, distance: this.#distance });
      return found;
    }
    const made = { name: collectionName(this.#index, model), model, distance: this.#distance };
    await this.#store.ensureCollection(made);
    await this.#store.swapAlias(this.#index, made.name);
    this.#known = made;
    return made;
  }
}
