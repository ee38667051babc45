import { featuresOf } from "@freshet/process/index-configuration";
import type { ModelConfiguration } from "@freshet/process/model-configuration";
import type { Configuration } from "@freshet/process/configuration";
import { sameModel } from "@freshet/schemas/embedded-document";
import { definitionOf } from "@freshet/generations/definition";
import { describeModel } from "@freshet/vector-stores/collection-model";
import type { CollectionFeatures } from "@freshet/vector-stores/collection-spec";
import { CollectionMismatchError } from "@freshet/vector-stores/errors";
import { collectionsOf } from "@freshet/vector-stores/find-collection";
import { refuseUnreadPartitions } from "@freshet/vector-stores/partitioned/unread-partitions";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";
import { answeringCollection, type AnsweringCollection } from "./answering-collection.js";
import type { ModelPool } from "./model-pool.js";
import {
  questionOf,
  type AskedSearch,
  type Complaint,
  type SearchMode,
  type SearchQuestion,
} from "./search-request.js";
import { toResult, type SearchResult } from "./search-result.js";

/** A collection may be dropped between the alias and the search, when another one answers by then. */
const ATTEMPTS = 3;

/** The settings of the index's model make another one than the index was built by. */
export class ModelMismatchError extends Error {
  override readonly name = "ModelMismatchError";
}

/** The alias names a collection that the store has no more. */
export class CollectionGoneError extends Error {
  override readonly name = "CollectionGoneError";
}

export interface Answer {
  readonly mode: SearchMode;
  /** Best first. */
  readonly results: readonly SearchResult[];
}

export interface IndexSearcherOptions {
  readonly index: string;
  readonly configuration: Configuration;
  /** The index's first. */
  readonly store: SearchableStore;
  readonly models: ModelPool;
}

/**
 * Answers queries of one index from one store: from the collection that the index's alias names, as that one was made, with
 * the query embedded by its model.
 */
export class IndexSearcher {
  readonly #options: IndexSearcherOptions;
  /** By name, those that the store has; each may come to answer. */
  #known: ReadonlyMap<string, AnsweringCollection> = new Map();
  /** Those of which all partitions are read. */
  readonly #checked = new Set<string>();
  #features: CollectionFeatures;

  constructor(options: IndexSearcherOptions) {
    this.#options = options;
    this.#features = featuresOf(definitionOf(options.configuration, options.index).index);
  }

  /** What could be asked when it was last asked or looked at. */
  get features(): CollectionFeatures {
    return this.#features;
  }

  /** Of the collections that the store had when it was last looked at; before there is any, what is configured. */
  get neededModels(): readonly ModelConfiguration[] {
    const { configuration, index } = this.#options;
    if (this.#known.size === 0) return [definitionOf(configuration, index).model];
    return [...this.#known.values()].map(({ model }) => model);
  }

  /**
   * Gets to know the index's collections before they answer.
   *
   * @returns the model of the one that answers now.
   * @throws {StoreUnavailableError}
   */
  async look(): Promise<ModelConfiguration | undefined> {
    const { store, index } = this.#options;
    const specs = await collectionsOf(store, index);
    const named = await store.resolveAlias(index);
    if (named !== null && !specs.some(({ name }) => name === named)) {
      const spec = await store.describe(named);
      if (spec) specs.push(spec);
    }
    const known = new Map<string, AnsweringCollection>();
    for (const spec of specs) {
      try {
        known.set(spec.name, answeringCollection(spec, this.#options));
      } catch (error) {
        // Whoever asks it is told.
        if (!(error instanceof CollectionMismatchError)) throw error;
      }
    }
    this.#known = known;
    const answering = known.get(named ?? "");
    if (answering) this.#features = answering.features;
    return answering?.model;
  }

  /**
   * An index that no row has reached yet has no collection, and so no results.
   *
   * @throws {ModelMismatchError} @throws {CollectionGoneError} @throws {ModelUnavailableError} @throws {StoreUnavailableError}
   * @throws {CollectionMismatchError} when the collection has partitions that wouldn't be read, or a newer version made it.
   * @throws {InputRefusedError} when the store or the collection can't be asked that.
   */
  async answer(asked: AskedSearch): Promise<Answer | Complaint> {
    const { store, index } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const name = await store.resolveAlias(index);
      try {
        return await this.#answerFrom(name, asked);
      } catch (error) {
        if (name === null) throw error;
        if (attempt < ATTEMPTS && (await store.resolveAlias(index)) !== name) continue;
        await this.#requireThere(name);
        throw error;
      }
    }
  }

  async #answerFrom(name: string | null, asked: AskedSearch): Promise<Answer | Complaint> {
    const collection = name === null ? undefined : (this.#known.get(name) ?? (await this.#learn(name)));
    if (collection) this.#features = collection.features;
    const parsed = questionOf(asked, this.#features);
    if ("complaint" in parsed) return parsed;
    const { question } = parsed;
    return { mode: question.mode, results: collection ? await this.#search(collection, question) : [] };
  }

  async #search(collection: AnsweringCollection, question: SearchQuestion): Promise<SearchResult[]> {
    const { index, models } = this.#options;
    const { spec, store, model: settings } = collection;
    if (!this.#checked.has(spec.name)) await refuseUnreadPartitions(store, spec.name);
    this.#checked.add(spec.name);
    const vector = await models.use(settings, async (model) => {
      if (!sameModel(spec.model, model.identity)) {
        throw new ModelMismatchError(
          `The index ${index} was built with ${describeModel(spec.model)}, but its model is now ` +
            `${describeModel(model.identity)}; name the first again in freshet.yaml, or run \`freshet reindex --force ${index}\`.`,
        );
      }
      const [query] = await model.embed([question.text], "query");
      if (!query) throw new Error("the model returned no vector for the query");
      return query.vector;
    });
    const { text, mode, k, filter, threshold, payload } = question;
    const words = mode === "hybrid" ? text : undefined;
    const hits = await store.search(spec.name, { vector, text: words, k, filter, threshold, payload });
    return hits.map((hit) => toResult(index, hit));
  }

  /** One that answers although it wasn't there a moment ago. */
  async #learn(name: string): Promise<AnsweringCollection> {
    const spec = await this.#options.store.describe(name);
    if (!spec) throw goneError(this.#options.index, name);
    const collection = answeringCollection(spec, this.#options);
    this.#known = new Map(this.#known).set(name, collection);
    return collection;
  }

  async #requireThere(name: string): Promise<void> {
    const { store, index } = this.#options;
    if ((await store.describe(name).catch(() => undefined)) === null) throw goneError(index, name);
  }
}

function goneError(index: string, name: string): CollectionGoneError {
  return new CollectionGoneError(
    `The collection ${name}, by which the index ${index} is answered, isn't in its store any more. Start the vector-sink ` +
      `again: it fills a new one from the index's topic.`,
  );
}
