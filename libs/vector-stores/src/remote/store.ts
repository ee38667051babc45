import { parseJson } from "@freshet/schemas/lossless-json";
import { encodeVector } from "@freshet/schemas/vector-encoding";
import { StoreUnavailableError } from "../errors.js";
import type { CollectionSpec, ScrollPage, SearchableStore, SearchHit, SearchRequest } from "../vector-store.js";
import { answers, operationPath, type Operation, type WireRequest } from "./protocol.js";

const TIMEOUT_MS = 30_000;

export interface RemoteStoreOptions {
  /** Where the process that owns the store answers, without a slash at its end. */
  readonly url: string;
  /** The store's name in freshet.yaml. */
  readonly store: string;
}

/** A store that one process owns, read through that process. Opening it asks nothing of anybody. */
export function openRemoteStore(options: RemoteStoreOptions): SearchableStore {
  return new RemoteStore(options);
}

class RemoteStore implements SearchableStore {
  readonly #options: RemoteStoreOptions;

  constructor(options: RemoteStoreOptions) {
    this.#options = options;
  }

  async resolveAlias(alias: string): Promise<string | null> {
    return answers.alias.parse(await this.#ask("alias", { alias })).collection;
  }

  async describe(collection: string): Promise<CollectionSpec | null> {
    return answers.describe.parse(await this.#ask("describe", { collection })).spec;
  }

  async search(collection: string, { vector, payload, ...rest }: SearchRequest): Promise<SearchHit[]> {
    const columns = payload ? { payload: [...payload] } : {};
    const request = { collection, vector: encodeVector(vector), ...columns, ...rest };
    return answers.search.parse(await this.#ask("search", request)).hits;
  }

  async scroll(collection: string, limit: number, after: string | null): Promise<ScrollPage> {
    return answers.scroll.parse(await this.#ask("scroll", { collection, limit, after }));
  }

  async count(collection: string): Promise<number> {
    return answers.count.parse(await this.#ask("count", { collection })).count;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #ask<O extends Operation>(operation: O, request: WireRequest<O>): Promise<unknown> {
    const { url, store } = this.#options;
    const answered = fetch(url + operationPath(store, operation), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).then(async (response) => ({ response, text: await response.text() }));
    const { response, text } = await answered.catch((cause: unknown) => {
      throw new StoreUnavailableError(
        `The store ${store} can't be reached at ${url}; is the vector-sink that owns it running there?`,
        { cause },
      );
    });
    if (response.ok) return parseJson(text);
    const message = `The store ${store} at ${url} answered ${response.status} to ${operation}: ${text.slice(0, 300)}`;
    throw response.status >= 500 || response.status === 429 ? new StoreUnavailableError(message) : new Error(message);
  }
}
