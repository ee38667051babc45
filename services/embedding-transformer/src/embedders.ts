import type { EmbeddingCache } from "@freshet/embeddings/cache/embedding-cache";
import { openEmbeddingCache } from "@freshet/embeddings/cache/open-cache";
import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { openWhenReachable, type Waiting } from "@freshet/embeddings/open-when-reachable";
import type { ServiceContext } from "@freshet/process/run-service";
import { CachedModel } from "./cached-model.js";
import { addCacheMetrics, type Metrics } from "./metrics.js";
import { TextAccount } from "./text-account.js";
import { TextEmbedder } from "./text-embedder.js";

export interface EmbedderOptions
  extends Waiting, Pick<ServiceContext, "configuration" | "environment" | "logger" | "registry"> {
  readonly metrics: Metrics;
}

/** Each model that an index uses, once, and the cache that they share. */
export class Embedders {
  readonly cache: EmbeddingCache;
  readonly #models: ReadonlyMap<string, CachedModel>;
  readonly #options: EmbedderOptions;

  private constructor(options: EmbedderOptions, cache: EmbeddingCache, models: ReadonlyMap<string, CachedModel>) {
    this.#options = options;
    this.cache = cache;
    this.#models = models;
  }

  /** @throws {Error} one sentence, when a model can't be loaded. @throws the signal's reason. */
  static async open(options: EmbedderOptions): Promise<Embedders> {
    const { configuration, environment, metrics, logger, registry } = options;
    const opening = openEmbeddingCache({
      folder: environment.cache.directory,
      maxBytes: environment.cache.maxBytes,
      onTrouble: (sentence) => logger.warn(sentence),
      onEvicted: (entries) => metrics.evictions.inc(entries),
    });
    const models = new Map<string, CachedModel>();
    const used = new Set(Object.values(configuration.indexes).map((index) => index.model));
    for (const [name, settings] of Object.entries(configuration.models)) {
      if (!used.has(name)) continue;
      const onWaiting = (reason: string) => {
        logger.warn({ model: name }, reason);
        options.onWaiting(reason);
      };
      const model = await openWhenReachable(settings, environment, { signal: options.signal, onWaiting });
      models.set(name, new CachedModel({ model, cache: await opening, metrics }));
    }
    const cache = await opening;
    addCacheMetrics(registry, () => cache.size());
    return new Embedders(options, cache, models);
  }

  get models(): EmbeddingModel[] {
    return [...this.#models.values()].map(({ model }) => model);
  }

  /** Made anew at each call; what they share is the model. */
  of(index: string): TextEmbedder {
    const { configuration, metrics } = this.#options;
    const name = configuration.indexes[index]?.model ?? "";
    const [model, settings] = [this.#models.get(name), configuration.models[name]];
    if (!model || !settings) throw new RangeError(`no model is open for the index ${index}`);
    const account = new TextAccount({ index, model: model.model.identity.name, price: settings.price, metrics });
    return new TextEmbedder(model, account);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#models.values()].map(({ model }) => model.close()));
    await this.cache.close();
  }
}
