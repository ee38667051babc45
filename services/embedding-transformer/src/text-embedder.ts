import { ModelUnavailableError, type EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { textHash } from "@freshet/schemas/text-hash";
import { FatalError, RetriableError } from "@freshet/streaming/errors";
import type { Metrics } from "./metrics.js";
import type { VectorCache } from "./vector-cache.js";

export interface EmbeddedText {
  readonly textHash: string;
  readonly vector: Float32Array;
}

/** A model, and the vectors it gave lately: the same text costs one inference. */
export class TextEmbedder {
  readonly model: EmbeddingModel;
  readonly #cache: VectorCache;
  readonly #metrics: Metrics;

  constructor(model: EmbeddingModel, cache: VectorCache, metrics: Metrics) {
    this.model = model;
    this.#cache = cache;
    this.#metrics = metrics;
  }

  /**
   * One result for each text, in order.
   *
   * @throws {RetriableError} when the model may work later. @throws {FatalError} when it won't.
   */
  async embed(texts: readonly string[]): Promise<EmbeddedText[]> {
    const { identity } = this.model;
    const prefix = this.model.prefix("document");
    const hashes = texts.map((text) => textHash(identity, prefix, text));
    const vectors = new Map<string, Float32Array>();
    const missing = new Map<string, string>();
    hashes.forEach((hash, i) => {
      const vector = this.#cache.get(hash);
      if (vector) vectors.set(hash, vector);
      else missing.set(hash, texts[i] ?? "");
    });
    const inferred = await this.#infer([...missing.values()]);
    [...missing.keys()].forEach((hash, i) => {
      const vector = inferred[i];
      if (!vector)
        throw new FatalError(`The model ${identity.name} gave ${inferred.length} vectors for ${missing.size} texts.`);
      vectors.set(hash, vector);
      this.#cache.set(hash, vector);
    });
    return hashes.flatMap((hash) => {
      const vector = vectors.get(hash);
      return vector ? [{ textHash: hash, vector }] : [];
    });
  }

  async #infer(texts: readonly string[]): Promise<Float32Array[]> {
    if (texts.length === 0) return [];
    const { name } = this.model.identity;
    const stopTimer = this.#metrics.duration.startTimer({ model: name });
    try {
      const embeddings = await this.model.embed(texts, "document");
      this.#metrics.texts.inc({ model: name }, texts.length);
      return embeddings.map(({ vector }) => vector);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof ModelUnavailableError) throw new RetriableError(message, { cause: error });
      throw new FatalError(message, { cause: error });
    } finally {
      stopTimer();
    }
  }
}
