import type { EmbeddingCache } from "@freshet/embeddings/cache/embedding-cache";
import { openEmbeddingCache } from "@freshet/embeddings/cache/open-cache";
import { openWhenReachable, type Waiting } from "@freshet/embeddings/open-when-reachable";
import type { ModelConfiguration } from "@freshet/process/model-configuration";
import type { ServiceContext } from "@freshet/process/run-service";
import { stringifyJson } from "@freshet/schemas/lossless-json";
import { within } from "@freshet/streaming/within";
import { orAborted } from "./batch/call-stream.js";
import { CachedModel } from "./cached-model.js";
import { addCacheMetrics, type Metrics } from "./metrics.js";
import { TextAccount } from "./text-account.js";
import { TextEmbedder } from "./text-embedder.js";

export interface EmbeddersOptions extends Pick<ServiceContext, "environment" | "logger" | "registry"> {
  readonly metrics: Metrics;
}

interface Documents {
  readonly index: string;
  readonly model: ModelConfiguration;
}

export interface Acquiring extends Waiting {
  /** Whether the documents' texts give way to others', at the moment. */
  readonly canWait: () => boolean;
}

/** An embedder that is to be given back. */
export interface Lease {
  readonly embedder: TextEmbedder;
  /** Nothing may be on its way any more. */
  readonly release: () => Promise<void>;
}

interface OpenModel {
  readonly opened: Promise<CachedModel>;
  readonly stop: AbortController;
  users: number;
}

const CLOSE_TIMEOUT_MS = 3_000;

/** Each model that is needed, once, from when it is until it isn't any more; and the cache that they share. */
export class Embedders {
  readonly cache: EmbeddingCache;
  readonly #options: EmbeddersOptions;
  /** By its settings: two indexes may call one model by two names, and a name may have meant another one before. */
  readonly #models = new Map<string, OpenModel>();

  private constructor(options: EmbeddersOptions, cache: EmbeddingCache) {
    this.#options = options;
    this.cache = cache;
  }

  /** Opens the cache; no model. */
  static async open(options: EmbeddersOptions): Promise<Embedders> {
    const { environment, logger, metrics, registry } = options;
    const cache = await openEmbeddingCache({
      folder: environment.cache.directory,
      maxBytes: environment.cache.maxBytes,
      onTrouble: (sentence) => logger.warn(sentence),
      onEvicted: (entries) => metrics.evictions.inc(entries),
    });
    addCacheMetrics(registry, () => cache.size());
    return new Embedders(options, cache);
  }

  /**
   * What embeds an index's documents. Opens its model unless somebody has it; one whose server can't be reached is waited for.
   *
   * @throws {Error} one sentence, when the model can't be loaded. @throws the signal's reason.
   */
  async acquire({ index, model: settings }: Documents, { signal, onWaiting, canWait }: Acquiring): Promise<Lease> {
    const { metrics } = this.#options;
    const key = stringifyJson(settings);
    const shared = this.#models.get(key) ?? this.#open(settings, onWaiting);
    this.#models.set(key, shared);
    shared.users += 1;
    const release = () => this.#release(key, shared);
    try {
      const model = await orAborted(signal, shared.opened);
      const { name } = model.model.identity;
      const account = new TextAccount({ index, model: name, price: settings.price, metrics });
      return { embedder: new TextEmbedder(model, account, canWait), release };
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** All of them, whoever has one. */
  async close(): Promise<void> {
    await Promise.all([...this.#models].map(([key, model]) => this.#close(key, model)));
    await this.cache.close();
  }

  #open(settings: ModelConfiguration, onWaiting: (reason: string) => void): OpenModel {
    const { environment, logger, metrics } = this.#options;
    const stop = new AbortController();
    const waiting = (reason: string) => {
      logger.warn({ model: settings.name }, reason);
      onWaiting(reason);
    };
    const opening = openWhenReachable(settings, environment, { signal: stop.signal, onWaiting: waiting });
    const opened = opening.then((model) => new CachedModel({ model, cache: this.cache, metrics }));
    // Those who wait for it hear of it.
    opened.catch(() => undefined);
    return { opened, stop, users: 0 };
  }

  async #release(key: string, model: OpenModel): Promise<void> {
    model.users -= 1;
    if (model.users === 0) await this.#close(key, model);
  }

  async #close(key: string, { opened, stop }: OpenModel): Promise<void> {
    // After a failure there may be another one already.
    if (this.#models.get(key)?.stop === stop) this.#models.delete(key);
    if (stop.signal.aborted) return;
    stop.abort();
    // A download that is under way is closed behind it, or ends with the process.
    const closed = opened.then(({ model }) => model.close()).catch(() => undefined);
    await within(CLOSE_TIMEOUT_MS, closed);
  }
}
