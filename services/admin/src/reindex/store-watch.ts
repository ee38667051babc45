import type { Configuration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
import { StoreUnavailableError } from "@freshet/vector-stores/errors";
import { findCollection } from "@freshet/vector-stores/find-collection";
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
