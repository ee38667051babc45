import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { sameModel } from "@freshet/schemas/embedded-document";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import { decodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import { describeModel } from "@freshet/vector-stores/collection-model";
import type { CollectionFeatures, CollectionSpec } from "@freshet/vector-stores/collection-spec";
import { refuseUnreadPartitions } from "@freshet/vector-stores/partitioned/unread-partitions";
import type { SearchableStore, SearchHit } from "@freshet/vector-stores/vector-store";
import type { SearchQuestion } from "./search-request.js";

export interface SearchResult {
  /** Higher is nearer, by the store's distance; in mode hybrid of reciprocal ranks, comparable within one answer only. */
  readonly score: number;
  readonly index: string;
  readonly table: string;
  readonly key: RowKey;
  readonly chunk: number;
  readonly text: string;
  readonly payload: JsonObject;
  /** When the source committed the row, and when the store had it; ISO 8601. */
  readonly committedAt: string;
  readonly indexedAt: string;
}

/** The index was built by another model than the one at hand. */
export class ModelMismatchError extends Error {
  override readonly name = "ModelMismatchError";
}

export interface IndexSearcherOptions {
  readonly index: string;
  readonly store: SearchableStore;
  readonly model: EmbeddingModel;
  /** What can be asked of the index. */
  readonly features: CollectionFeatures;
}

/** Answers queries of one index from one store, with the query embedded by the model of the collection that answers. */
export class IndexSearcher {
  readonly features: CollectionFeatures;
  readonly #index: string;
  readonly #store: SearchableStore;
  readonly #model: EmbeddingModel;
  /** A physical collection never changes its model. */
  readonly #described = new Map<string, CollectionSpec>();

  constructor(options: IndexSearcherOptions) {
    this.features = options.features;
    this.#index = options.index;
    this.#store = options.store;
    this.#model = options.model;
  }

  /**
   * Best first. An index that no row has reached yet has no collection, and so no results.
   *
   * @throws {ModelMismatchError} when the collection needs another model. @throws {CollectionMismatchError} when it has partitions
   * that wouldn't be read. @throws {StoreUnavailableError}
   * @throws {InputRefusedError} when the store or the collection can't be asked that.
   */
  async search({ text, mode, k, filter, threshold, payload }: SearchQuestion): Promise<SearchResult[]> {
    const collection = await this.#store.resolveAlias(this.#index);
    if (collection === null) return [];
    await this.#check(collection);
    const [query] = await this.#model.embed([text], "query");
    if (!query) throw new Error("the model returned no vector for the query");
    const words = mode === "hybrid" ? text : undefined;
    const request = { vector: query.vector, text: words, k, filter, threshold, payload };
    const hits = await this.#store.search(collection, request);
    return hits.map((hit) => this.#toResult(hit));
  }

  async #check(collection: string): Promise<void> {
    const known = this.#described.get(collection) ?? (await this.#describe(collection));
    if (!known) return;
    if (sameModel(known.model, this.#model.identity)) return;
    throw new ModelMismatchError(
      `The index ${this.#index} was built with ${describeModel(known.model)}, but freshet.yaml names ` +
        `${describeModel(this.#model.identity)}; name the first again until the index is rebuilt.`,
    );
  }

  async #describe(collection: string): Promise<CollectionSpec | null> {
    const spec = await this.#store.describe(collection);
    if (!spec) return null;
    await refuseUnreadPartitions(this.#store, collection);
    this.#described.set(collection, spec);
    return spec;
  }

  #toResult({ score, text, payload, metadata }: SearchHit): SearchResult {
    return {
      score,
      index: this.#index,
      table: metadata.table,
      key: decodeRowKey(metadata.key),
      chunk: metadata.chunk,
      text,
      payload,
      committedAt: new Date(metadata.committedAt).toISOString(),
      indexedAt: new Date(metadata.indexedAt).toISOString(),
    };
  }
}
