import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Language } from "../bm25/language.js";
import { requireLanguage } from "../bm25/required-language.js";
import { requireCompatible } from "../collection-model.js";
import { StoreUnavailableError } from "../errors.js";
import type { CollectionSpec } from "../collection-spec.js";
import { creation, indexesFor, requireSameLayout, requireVersion, specProperties } from "./collection.js";
import { storedCollection, withFields, type StoredCollection, type VectorIndexOptions } from "./collection.js";
import type { Connection } from "./connection.js";
import { isNotFound } from "./failure.js";
import { fromResourceName, toResourceName } from "./resource-name.js";

const LOAD_POLL_MS = 100;

export interface CatalogOptions extends VectorIndexOptions {
  /** Of the texts of hybrid collections; what a collection has, and English for a new one, unless given. */
  readonly language: Language | undefined;
}

/** Freshet's collections and aliases in one database of a Milvus. */
export class Catalog {
  readonly #connection: Connection;
  readonly #options: CatalogOptions;

  constructor(connection: Connection, options: CatalogOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  async list(): Promise<string[]> {
    const { data } = await this.#connection.ask((client) => client.showCollections());
    const ours: string[] = [];
    for (const { name: resource } of data) {
      const name = fromResourceName(resource);
      if (name !== null && (await this.#find(name))?.stored) ours.push(name);
    }
    return ours;
  }

  /** @throws when the collection isn't one of Freshet's. */
  async collection(name: string): Promise<StoredCollection | null> {
    const found = await this.#find(name);
    if (!found) return null;
    if (found.stored) return found.stored;
    throw new Error(
      `Milvus has a collection ${name} that Freshet didn't make; rename the index in freshet.yaml, or remove that collection.`,
    );
  }

  /** Makes what is missing of the collection: itself, fields, indexes; and loads it. */
  async ensure(spec: CollectionSpec): Promise<void> {
    const { version } = await this.#connection.ask((client) => client.getVersion());
    requireVersion(version);
    const { language } = this.#options;
    const wanted = { spec, language: spec.features.hybrid ? (language ?? "english") : null };
    const stored = (await this.collection(spec.name)) ?? (await this.#create(wanted));
    requireCompatible(stored.spec, spec);
    requireSameLayout(stored.spec, spec);
    requireLanguage(spec.name, stored.language, language);
    const made = { spec: withFields(stored.spec, spec), language: stored.language };
    if (!isDeepStrictEqual(made, stored)) {
      await this.#connection.ask((client) =>
        client.alterCollectionProperties({
          collection_name: toResourceName(spec.name),
          properties: specProperties(made),
        }),
      );
    }
    await this.#makeIndexes(made);
    await this.#load(spec.name);
  }

  /** An alias goes first: Milvus keeps a collection that has one. */
  async remove(name: string): Promise<void> {
    const found = await this.#find(name);
    if (!found) return;
    for (const alias of found.aliases) await this.#connection.ask((client) => client.dropAlias({ alias }));
    await this.#connection.ask((client) => client.dropCollection({ collection_name: toResourceName(name) }));
  }

  async alias(alias: string): Promise<string | null> {
    const resource = toResourceName(alias);
    const found = await this.#connection
      // Its type asks for a collection, which Milvus doesn't.
      .ask((client) => client.describeAlias({ alias: resource, collection_name: resource }))
      .catch((error: unknown) => {
        if (isNotFound(error)) return null;
        throw error;
      });
    return found && fromResourceName(found.collection);
  }

  /** Who reads the alias meanwhile finds the old or the new. */
  async setAlias(alias: string, name: string): Promise<void> {
    const request = { alias: toResourceName(alias), collection_name: toResourceName(name) };
    const current = await this.alias(alias);
    if (current === name) return;
    if (current !== null) {
      await this.#connection.ask((client) => client.alterAlias(request));
      return;
    }
    try {
      await this.#connection.ask((client) => client.createAlias(request));
    } catch (error) {
      if ((await this.alias(alias)) === null) throw error;
      // Another instance was quicker, maybe with another collection.
      await this.setAlias(alias, name);
    }
  }

  /** An alias counts as no collection, though Milvus describes what it names. */
  async #find(name: string): Promise<{ stored: StoredCollection | null; aliases: string[] } | null> {
    const resource = toResourceName(name);
    try {
      const [found, { aliases }] = [
        await this.#connection.ask((client) => client.describeCollection({ collection_name: resource })),
        await this.#connection.ask((client) => client.listAliases({ collection_name: resource })),
      ];
      return found.collection_name === resource ? { stored: storedCollection(name, found), aliases } : null;
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  async #create(wanted: StoredCollection): Promise<StoredCollection> {
    let failure: unknown;
    try {
      await this.#connection.ask((client) => client.createCollection(creation(wanted)));
    } catch (error) {
      failure = error;
    }
    const made = await this.collection(wanted.spec.name);
    // Another instance may have been quicker.
    if (made) return made;
    const reason = failure instanceof Error ? failure : undefined;
    throw reason ?? new Error(`Milvus at ${this.#connection.url} made no collection ${wanted.spec.name}.`);
  }

  async #makeIndexes(collection: StoredCollection): Promise<void> {
    const collection_name = toResourceName(collection.spec.name);
    const known = await this.#connection
      .ask((client) => client.describeIndex({ collection_name }))
      .then(({ index_descriptions: descriptions }) => descriptions)
      .catch((error: unknown) => {
        if (isNotFound(error)) return [];
        throw error;
      });
    for (const index of indexesFor(collection, this.#options)) {
      const there = known.some(({ field_name, index_name }) =>
        // The payload has one for each column.
        index.field_name === "payload" ? index_name === index.index_name : field_name === index.field_name,
      );
      if (!there) await this.#connection.ask((client) => client.createIndex(index));
    }
  }

  async #load(name: string): Promise<void> {
    const request = { collection_name: toResourceName(name) };
    const state = async (): Promise<string> =>
      (await this.#connection.ask((client) => client.getLoadState(request))).state;
    if ((await state()) === "LoadStateLoaded") return;
    await this.#connection.ask((client) => client.loadCollectionAsync(request));
    for (let now = await state(); now !== "LoadStateLoaded"; now = await state()) {
      if (now !== "LoadStateLoading")
        throw new StoreUnavailableError(`Milvus didn't load the collection ${name} (${now}).`);
      await delay(LOAD_POLL_MS);
    }
  }
}
