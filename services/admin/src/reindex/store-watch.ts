import type { Configuration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
import { StoreUnavailableError } from "@freshet/vector-stores/errors";
import { collectionsOf, findCollection } from "@freshet/vector-stores/find-collection";
import { openSearchableStore } from "@freshet/vector-stores/open-store";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";
import { FatalError } from "@freshet/streaming/errors";
import type { StoreAway, StoreSeen } from "./next-step.js";

export interface StoreWatchOptions {
  readonly index: string;
  readonly name: string;
  readonly configuration: Configuration;
  readonly environment: Environment;
}

/** The numbers of generations that there are collections of. */
export interface StoredGenerations {
  readonly all: readonly number[];
  /** Those that searches are answered by. */
  readonly answering: readonly number[];
}

/** What one store has of an index. */
export class StoreWatch {
  readonly #options: StoreWatchOptions;
  #store: SearchableStore | null = null;

  constructor(options: StoreWatchOptions) {
    this.#options = options;
  }

  /** @param generations their numbers. @throws what is no passing trouble. */
  async look(generations: readonly number[]): Promise<StoreSeen | StoreAway> {
    const { index, name } = this.#options;
    try {
      const store = (this.#store ??= await this.#open());
      const alias = await store.resolveAlias(index);
      const collections = new Map<number, string>();
      for (const generation of generations) {
        const found = await findCollection(store, { index, generation });
        if (found !== null) collections.set(generation, found.name);
      }
      return { store: name, alias, collections };
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      return { store: name, trouble: error.message.replace(/\.$/, "") };
    }
  }

  /** Which generations it has, whatever the record says of them. @throws {StoreUnavailableError} */
  async stored(): Promise<StoredGenerations> {
    const { index } = this.#options;
    const store = (this.#store ??= await this.#open());
    const alias = await store.resolveAlias(index);
    const collections = await collectionsOf(store, index);
    const numbersOf = (some: typeof collections) => some.map(({ origin }) => origin?.generation ?? 1);
    return { all: numbersOf(collections), answering: numbersOf(collections.filter(({ name }) => name === alias)) };
  }

  async close(): Promise<void> {
    await this.#store?.close();
    this.#store = null;
  }

  #open(): Promise<SearchableStore> {
    const { name, configuration, environment } = this.#options;
    const settings = configuration.stores[name];
    if (settings === undefined) throw new FatalError(`The configuration has no store ${name}.`);
    return openSearchableStore(settings, { name, places: environment.stores });
  }
}
