import { setTimeout as delay } from "node:timers/promises";
import type { ModelConfiguration } from "@freshet/process/model-configuration";
import type { IndexSearcher } from "./index-searcher.js";
import type { ModelPool } from "./model-pool.js";

const LOOK_EVERY_MS = 3_000;

export interface CollectionLooksOptions {
  readonly searchers: ReadonlyMap<string, IndexSearcher>;
  readonly models: ModelPool;
  /** Called with what is wrong, when that is something else than before. */
  readonly onTrouble: (reason: string) => void;
}

/**
 * Looks which collections the stores have for the indexes, so that a model is open before a collection of its vectors
 * answers, and is closed when the last one is gone.
 */
export class CollectionLooks {
  readonly #options: CollectionLooksOptions;
  readonly #troubles = new Map<string, string>();

  constructor(options: CollectionLooksOptions) {
    this.#options = options;
  }

  /** Opens the models by which the indexes are answered now. @throws one sentence, when one of them can't be loaded. */
  async first(): Promise<void> {
    const { searchers, models } = this.#options;
    const answering = await this.#look();
    for (const [index, { neededModels }] of searchers) {
      const first = answering.get(index);
      await Promise.all((first ? [first] : neededModels).map((settings) => models.ready(settings)));
    }
  }

  /** Until the signal is aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const wait = () => delay(LOOK_EVERY_MS, true, { signal }).catch(() => false);
    while (await wait()) await this.#look();
  }

  /** @returns the model by which each index is answered now, where that is known. */
  async #look(): Promise<ReadonlyMap<string, ModelConfiguration>> {
    const { searchers, models } = this.#options;
    const answering = new Map<string, ModelConfiguration>();
    const looks = [...searchers].map(async ([index, searcher]) => {
      try {
        const model = await searcher.look();
        if (model) answering.set(index, model);
        this.#troubles.delete(index);
      } catch (error) {
        this.#complain(index, error instanceof Error ? error.message : String(error));
      }
    });
    await Promise.all(looks);
    models.keep([...searchers.values()].flatMap(({ neededModels }) => neededModels));
    return answering;
  }

  #complain(index: string, reason: string): void {
    if (this.#troubles.get(index) === reason) return;
    this.#troubles.set(index, reason);
    this.#options.onTrouble(`The collections of index ${index} can't be looked at: ${reason}`);
  }
}
