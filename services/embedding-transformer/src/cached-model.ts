import type { EmbeddingCache } from "@freshet/embeddings/cache/embedding-cache";
import {
  ModelUnavailableError,
  TextsRefusedError,
  type Embedding,
  type EmbeddingModel,
} from "@freshet/embeddings/embedding-model";
import { FatalError, RetriableError } from "@freshet/streaming/errors";
import type { Metrics } from "./metrics.js";

export interface CachedModelOptions {
  readonly model: EmbeddingModel;
  readonly cache: EmbeddingCache;
  readonly metrics: Pick<Metrics, "duration">;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly canWait: boolean;
  /** Told what was paid for, by text hash, also when the call fails. */
  readonly onInferred: (embeddings: ReadonlyMap<string, Embedding>) => void;
}

interface Inferring extends Pick<CallOptions, "signal" | "canWait"> {
  readonly canWaitUntil: AbortSignal;
}

/** By text hash; an error for a text that will never be embedded. */
type Results = ReadonlyMap<string, Embedding | Error>;

interface InFlight {
  readonly answer: Promise<Results>;
  /** It is made as fast as what can't wait. */
  readonly hurry: () => void;
}

/** A model behind the cache. Whoever asks for a text that is on its way for somebody else waits for the same inference. */
export class CachedModel {
  readonly model: EmbeddingModel;
  readonly #cache: EmbeddingCache;
  readonly #metrics: Pick<Metrics, "duration">;
  /** Until the cache has them. */
  readonly #inFlight = new Map<string, InFlight>();

  constructor({ model, cache, metrics }: CachedModelOptions) {
    this.model = model;
    this.#cache = cache;
    this.#metrics = metrics;
  }

  /**
   * @param texts by text hash.
   * @throws {RetriableError} when the model may work later. @throws {FatalError} when it won't.
   * @throws the signal's reason.
   */
  async embed(texts: ReadonlyMap<string, string>, options: CallOptions): Promise<Results> {
    const results = new Map<string, Embedding | Error>();
    for (let missing = [...texts.keys()]; missing.length > 0;) {
      options.signal?.throwIfAborted();
      const unknown = this.#lookUp(missing, results);
      const shared = unknown.flatMap((hash) => {
        const inFlight = this.#inFlight.get(hash);
        return inFlight ? [{ hash, ...inFlight }] : [];
      });
      if (!options.canWait) for (const { hurry } of shared) hurry();
      const own = unknown.filter((hash) => !this.#inFlight.has(hash));
      for (const [hash, result] of await this.#start(own, texts, options)) results.set(hash, result);
      missing = [];
      for (const { hash, answer } of shared) {
        const result = await answer.then(
          (answered) => answered.get(hash),
          // The other one's failure needn't be ours: it may have been stopped.
          () => undefined,
        );
        if (result) results.set(hash, result);
        else missing.push(hash);
      }
    }
    return results;
  }

  /** @returns what isn't known. */
  #lookUp(hashes: readonly string[], results: Map<string, Embedding | Error>): string[] {
    const known = this.#cache.get(hashes);
    return hashes.filter((hash, i) => {
      const embedding = known[i];
      if (embedding) results.set(hash, embedding);
      return embedding === undefined;
    });
  }

  async #start(hashes: readonly string[], texts: ReadonlyMap<string, string>, options: CallOptions): Promise<Results> {
    if (hashes.length === 0) return new Map();
    let kept = Promise.resolve();
    const keep = (embeddings: ReadonlyMap<string, Embedding>) => {
      options.onInferred(embeddings);
      kept = this.#cache.put(embeddings);
      return kept;
    };
    const hurried = new AbortController();
    const hurry = () => hurried.abort();
    if (!options.canWait) hurry();
    const own = new Map(hashes.map((hash) => [hash, texts.get(hash) ?? ""]));
    const answer = this.#infer(own, { ...options, canWaitUntil: hurried.signal }, keep);
    for (const hash of hashes) this.#inFlight.set(hash, { answer, hurry });
    const forget = () => hashes.forEach((hash) => this.#inFlight.delete(hash));
    void answer.then(() => kept.then(forget), forget);
    return answer;
  }

  async #infer(
    texts: ReadonlyMap<string, string>,
    options: Inferring,
    keep: (embeddings: ReadonlyMap<string, Embedding>) => Promise<void>,
  ): Promise<Results> {
    const hashes = [...texts.keys()];
    const { name } = this.model.identity;
    const stopTimer = this.#metrics.duration.startTimer({ model: name, serving: String(!options.canWait) });
    const { embeddings, failures, error } = await this.#ask([...texts.values()], options).finally(stopTimer);
    const results = new Map<string, Embedding | Error>();
    hashes.forEach((hash, i) => {
      const result = embeddings[i] ?? failures?.get(i);
      if (result) results.set(hash, result);
    });
    const kept = keep(
      new Map([...results].flatMap(([hash, result]) => (result instanceof Error ? [] : [[hash, result] as const]))),
    );
    if (error) {
      // The next attempt is to find them.
      await kept;
      throw error;
    }
    if (results.size < texts.size) {
      throw new FatalError(`The model ${name} gave ${results.size} vectors for ${texts.size} texts.`);
    }
    return results;
  }

  /** What it gave, also when it failed. */
  async #ask(texts: readonly string[], { signal, canWaitUntil }: Inferring): Promise<Answer> {
    try {
      return { embeddings: await this.model.embed(texts, "document", { ...(signal && { signal }), canWaitUntil }) };
    } catch (error) {
      if (error instanceof TextsRefusedError) return { embeddings: error.embeddings, failures: error.failures };
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof ModelUnavailableError) {
        return { embeddings: error.embeddings, error: new RetriableError(message, { cause: error }) };
      }
      signal?.throwIfAborted();
      throw new FatalError(message, { cause: error });
    }
  }
}

interface Answer {
  readonly embeddings: readonly (Embedding | null)[];
  /** By place. */
  readonly failures?: ReadonlyMap<number, Error>;
  readonly error?: RetriableError;
}
