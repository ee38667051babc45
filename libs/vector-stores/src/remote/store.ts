import { encodeVector } from "@freshet/schemas/vector-encoding";
import type { CollectionSpec } from "../collection-spec.js";
import type { Point, ScrollPage, SearchableStore, SearchHit, SearchRequest } from "../vector-store.js";
import { askOwner, type StoreOwner } from "./owner.js";
import { answers, type Operation, type WireRequest } from "./protocol.js";

/** A store that one process owns, read through that process. Opening it asks nothing of anybody. */
export function openRemoteStore(owner: StoreOwner): SearchableStore {
  return new RemoteStore(owner);
}

class RemoteStore implements SearchableStore {
  readonly #owner: StoreOwner;

  constructor(owner: StoreOwner) {
    this.#owner = owner;
  }

  async check(): Promise<string> {
    const { url, store } = this.#owner;
    const { length } = await this.list();
    return `The sink that owns the store ${store} answers at ${url}, with ${length} collections.`;
  }

  async list(): Promise<string[]> {
    return answers.list.parse(await this.#ask("list", {})).collections;
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

  async retrieve(collection: string, ids: readonly string[]): Promise<Map<string, Point>> {
    const { points } = answers.retrieve.parse(await this.#ask("retrieve", { collection, ids: [...ids] }));
    return new Map(points.map((point) => [point.id, point]));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #ask<O extends Operation>(operation: O, body: WireRequest<O>): Promise<unknown> {
    return askOwner(this.#owner, { operation, body });
  }
}
