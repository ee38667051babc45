import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { sameModel } from "@freshet/schemas/embedded-document";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import { decodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import { describeModel } from "@freshet/vector-stores/collection-model";
import type { CollectionSpec, SearchableStore, SearchHit } from "@freshet/vector-stores/vector-store";

export interface SearchResult {
  /** Cosine similarity; higher is nearer. */
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

/** Answers queries of one index from one store, with the query embedded by the model of the collection that answers. */
export class IndexSearcher {
  readonly #index: string;
  readonly #store: SearchableStore;
  readonly #model: EmbeddingModel;
  /** A physical collection never changes its model. */
  readonly #described = new Map<string, CollectionSpec>();

  constructor(options: { readonly index: string; readonly store: SearchableStore; readonly model: EmbeddingModel }) {
    this.#index = options.index;
    this.#store = options.store;
    this.#model = options.model;
  }

  /**
   * Best first. An index that no row has reached yet has no collection, and so no results.
   *
   * @throws {ModelMismatchError} when the collection needs another model. @throws {StoreUnavailableError}
   */
  async search(text: string, k: number): Promise<SearchResult[]> {
    const collection = await this.#store.resolveAlias(this.#index);
    if (collection === null) return [];
    await this.#checkModel(collection);
    const [query] = await this.#model.embed([text], "query");
    if (!query) throw new Error("the model returned no vector for the query");
    const hits = await this.#store.search(collection, { vector: query.vector, k });
    return hits.map((hit) => this.#toResult(hit));
  }

  async #checkModel(collection: string): Promise<void> {
    const known = this.#described.get(collection) ?? (await this.#store.describe(collection));
    if (!known) return;
    this.#described.set(collection, known);
    if (sameModel(known.model, this.#model.identity)) return;
    throw new ModelMismatchError(
      `The index ${this.#index} was built with ${describeModel(known.model)}, but freshet.yaml names ` +
        `${describeModel(this.#model.identity)}; name the first again until the index is rebuilt.`,
    );
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
