import { openModel } from "@freshet/embeddings/open-model";
import type { Configuration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
import type { Metrics } from "./metrics.js";
import { TextEmbedder } from "./text-embedder.js";
import { VectorCache } from "./vector-cache.js";

/** About 17,000 vectors of 384 dimensions. */
const CACHE_BYTES = 32 * 1024 * 1024;

export interface EmbedderOptions {
  readonly configuration: Configuration;
  readonly environment: Pick<Environment, "modelDirectory" | "modelCache">;
  readonly metrics: Metrics;
}

/** Each model that an index uses, once, by its name in the configuration. */
export class Embedders {
  readonly #embedders: ReadonlyMap<string, TextEmbedder>;

  private constructor(embedders: ReadonlyMap<string, TextEmbedder>) {
    this.#embedders = embedders;
  }

  /** @throws {Error} one sentence, when a model can't be loaded. */
  static async open({ configuration, environment, metrics }: EmbedderOptions): Promise<Embedders> {
    const embedders = new Map<string, TextEmbedder>();
    const used = new Set(Object.values(configuration.indexes).map((index) => index.model));
    for (const [name, model] of Object.entries(configuration.models)) {
      if (!used.has(name)) continue;
      const opened = await openModel(model, environment);
      embedders.set(name, new TextEmbedder(opened, new VectorCache(CACHE_BYTES), metrics));
    }
    return new Embedders(embedders);
  }

  of(modelName: string): TextEmbedder {
    const embedder = this.#embedders.get(modelName);
    if (!embedder) throw new RangeError(`no index uses the model ${modelName}`);
    return embedder;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#embedders.values()].map(({ model }) => model.close()));
  }
}
