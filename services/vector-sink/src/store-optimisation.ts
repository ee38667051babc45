import { within } from "@freshet/streaming/within";
import type { CollectionSize, EmbeddedStore } from "@freshet/vector-stores/embedded-store";

/** Shorter than HTTP clients wait for an answer. */
const ANSWER_MS = 60_000;

/** Builds the search indexes of a store's collections, whoever asks and however often. */
export class StoreOptimisation {
  readonly #store: EmbeddedStore;
  #running: Promise<void> | undefined;

  constructor(store: EmbeddedStore) {
    this.#store = store;
  }

  /** Answers within a minute. Who asks while it goes on waits for the same. */
  async run(): Promise<{ finished: boolean; collections: CollectionSize[] }> {
    this.#running ??= this.#optimise().finally(() => (this.#running = undefined));
    const running = this.#running.then(() => true);
    const finished = (await within(ANSWER_MS, running)) ?? false;
    return { finished, collections: await this.#store.files.sizes() };
  }

  async #optimise(): Promise<void> {
    for (const name of await this.#store.list()) await this.#store.finishLoad(name);
  }
}
