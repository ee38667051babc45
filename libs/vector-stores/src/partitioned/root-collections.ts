import { runInFlight } from "../in-flight.js";
import type { SearchableStore } from "../vector-store.js";
import { partitionIn } from "./partition-name.js";

/** At how many collections at once. */
export const REQUESTS_IN_FLIGHT = 8;

/** The collections of a root, as they lie in a store. */
export class RootCollections {
  readonly #store: SearchableStore;

  constructor(store: SearchableStore) {
    this.#store = store;
  }

  /** The root and its partitions. Other processes make partitions too, so the store is asked each time. */
  async all(root: string): Promise<[root: string, ...partitions: string[]]> {
    const collections = await this.#store.list();
    return [root, ...collections.filter((collection) => partitionIn(root, collection) !== null)];
  }

  /** Reads several of them at once, the root first: the answers, in their order, of those that are there. */
  async ask<T>(
    collections: readonly string[],
    question: (collection: string) => Promise<T>,
    atOnce = REQUESTS_IN_FLIGHT,
  ): Promise<T[]> {
    const answers = new Map<string, T>();
    const ask = async (collection: string) => answers.set(collection, await question(collection));
    await runInFlight(
      atOnce,
      collections.map((collection, place) => () => {
        return ask(collection).catch(async (error: unknown) => {
          // The last of its points went meanwhile, and it with them; the root stays.
          if (place > 0 && (await this.#store.describe(collection)) === null) return;
          throw error;
        });
      }),
    );
    return collections.flatMap((collection) => {
      const answer = answers.get(collection);
      return answer === undefined ? [] : [answer];
    });
  }
}
