import { isDeepStrictEqual } from "node:util";
import type { Config } from "weaviate-client";
import type { Language } from "../bm25/language.js";
import { requireLanguage } from "../bm25/required-language.js";
import { requireCompatible } from "../collection-model.js";
import type { CollectionSpec } from "../collection-spec.js";
import { classOf, describe, propertiesOf, requireVersion, storedCollection, withFields } from "./collection.js";
import type { IndexOptions, Property, StoredCollection } from "./collection.js";
import type { Connection } from "./connection.js";
import { isNotFound } from "./failure.js";
import { fromResourceName, toResourceName } from "./resource-name.js";

export interface CatalogOptions extends IndexOptions {
  /** Of the texts of hybrid collections; what a collection has, and English for a new one, unless given. */
  readonly language?: Language | undefined;
}

/** Freshet's collections and aliases in one Weaviate. */
export class Catalog {
  readonly #connection: Connection;
  readonly #options: CatalogOptions;

  constructor(connection: Connection, options: CatalogOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** @returns the server's version. @throws when it is too old. */
  async requireVersion(): Promise<string> {
    const { version = "of no version" } = await this.#connection.ask((client) => client.getMeta());
    requireVersion(version);
    return version;
  }

  async list(): Promise<string[]> {
    const found = await this.#connection.ask((client) => client.collections.listAll());
    return found.flatMap(({ description }) => storedCollection(description)?.spec.name ?? []);
  }

  /** @throws when the collection isn't one of Freshet's. */
  async collection(name: string): Promise<StoredCollection | null> {
    const resource = toResourceName(name);
    const found = await this.#orMissing(() => this.#connection.ask((client) => client.collections.export(resource)));
    // An alias' name finds what it names.
    if (found?.name !== resource) return null;
    const stored = storedCollection(found.description);
    if (stored) return stored;
    throw new Error(
      `Weaviate has a collection ${resource} that Freshet didn't make, or whose description somebody changed; rename ` +
        `the index in freshet.yaml, or remove that collection.`,
    );
  }

  /**
   * Makes the collection, or the properties of fields that are new.
   *
   * @param fill writes the points that are there anew, with these fields.
   */
  async ensure(spec: CollectionSpec, fill: (collection: StoredCollection) => Promise<void>): Promise<void> {
    await this.requireVersion();
    const { language } = this.#options;
    const wanted = { spec, language: spec.features.hybrid ? (language ?? "english") : null };
    const stored = (await this.collection(spec.name)) ?? (await this.#create(wanted));
    requireCompatible(stored.spec, spec);
    requireLanguage(spec.name, stored.language, language);
    const made = { ...stored, spec: withFields(stored.spec, spec) };
    if (isDeepStrictEqual(made, stored)) return;
    const known = stored.spec.features.fields;
    const added = Object.entries(made.spec.features.fields).filter(([field]) => !Object.hasOwn(known, field));
    if (added.length > 0) {
      await this.#addProperties(spec.name, propertiesOf(Object.fromEntries(added)));
      // Before they are promised: whoever is stopped between begins again.
      await fill(made);
    }
    await this.#config(spec.name, (config) => config.update({ description: describe(made) }));
  }

  /** Its aliases go with it. */
  async remove(name: string): Promise<void> {
    if (!(await this.collection(name))) return;
    const collection = toResourceName(name);
    const aliases = await this.#connection.ask((client) => client.alias.listAll({ collection }));
    for (const { alias } of aliases ?? []) await this.#connection.ask((client) => client.alias.delete(alias));
    await this.#connection.ask((client) => client.collections.delete(collection));
  }

  async alias(alias: string): Promise<string | null> {
    const resource = toResourceName(alias);
    const found = await this.#orMissing(() => this.#connection.ask((client) => client.alias.get(resource)));
    return found && fromResourceName(found.collection);
  }

  /** Who reads the alias meanwhile finds the old or the new. */
  async setAlias(alias: string, name: string): Promise<void> {
    const [resource, collection] = [toResourceName(alias), toResourceName(name)];
    const current = await this.alias(alias);
    if (current === name) return;
    if (current !== null) {
      await this.#connection.ask((client) => client.alias.update({ alias: resource, newTargetCollection: collection }));
      return;
    }
    try {
      await this.#connection.ask((client) => client.alias.create({ alias: resource, collection }));
    } catch (error) {
      if ((await this.alias(alias)) === null) throw error;
      // Another instance was quicker, maybe with another collection.
      await this.setAlias(alias, name);
    }
  }

  async #create(wanted: StoredCollection): Promise<StoredCollection> {
    let failure: unknown;
    try {
      await this.#connection.ask((client) =>
        client.collections.createFromSchema(classOf(wanted, this.#options)).then(() => undefined),
      );
    } catch (error) {
      failure = error;
    }
    const made = await this.collection(wanted.spec.name);
    // Another instance may have been quicker.
    if (made) return made;
    throw failure instanceof Error ? failure : new Error(`Weaviate made no collection ${wanted.spec.name}.`);
  }

  async #addProperties(name: string, added: readonly Property[]): Promise<void> {
    for (const property of added) {
      if (await this.#hasProperty(name, property)) continue;
      await this.#config(name, (config) => config.addProperty(property)).catch(async (error: unknown) => {
        // Another instance may have been quicker.
        if (!(await this.#hasProperty(name, property))) throw error;
      });
    }
  }

  async #hasProperty(name: string, property: Property): Promise<boolean> {
    const { properties } = await this.#config(name, (config) => config.get());
    return properties.some((known) => known.name === property.name);
  }

  #config<T>(name: string, use: (config: Config<undefined>) => Promise<T>): Promise<T> {
    return this.#connection.ask((client) => use(client.collections.use(toResourceName(name)).config));
  }

  async #orMissing<T>(request: () => Promise<T>): Promise<T | null> {
    try {
      return await request();
    } catch (error) {
      if (isNotFound(error instanceof Error ? error.cause : error)) return null;
      throw error;
    }
  }
}
