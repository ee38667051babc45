import {
  ModelUnavailableError,
  TextsRefusedError,
  type Embedding,
  type EmbeddingModel,
  type EmbedOptions,
} from "@freshet/embeddings/embedding-model";

/** Counts letters, and what it was asked for: what the cache does is the same for every model. */
export class PricedModel implements EmbeddingModel {
  readonly identity = { name: "letters", revision: "1", dtype: "fp32", dimensions: 2 };
  readonly maxTokens = 512;
  readonly calls: (readonly string[])[] = [];
  /** Of each call; aborted when it can't wait. */
  readonly canWaitUntil: (AbortSignal | undefined)[] = [];
  /** Each call waits for it. */
  gate: Promise<void> = Promise.resolve();
  /** How many calls fail behind their first text. */
  failures = 0;
  readonly #prefix = "a text: ";
  close = () => Promise.resolve();

  prefix(): string {
    return this.#prefix;
  }

  embeddingOf(text: string): Embedding {
    return { vector: Float32Array.of(text.length, 1), tokens: text.length };
  }

  countTokens(texts: readonly string[]): Promise<number[]> {
    return Promise.resolve(texts.map(({ length }) => length));
  }

  /** Refuses what begins with "bad". */
  async embed(
    texts: readonly string[],
    _kind: unknown,
    { signal, canWaitUntil }: EmbedOptions = {},
  ): Promise<Embedding[]> {
    this.calls.push(texts);
    this.canWaitUntil.push(canWaitUntil);
    await this.gate;
    signal?.throwIfAborted();
    const embeddings = texts.map((text) => this.embeddingOf(text));
    if (this.failures-- > 0) {
      throw new ModelUnavailableError("away", { embeddings: embeddings.map((one, i) => (i === 0 ? one : null)) });
    }
    const failures = new Map(
      texts.flatMap((text, i) => (text.startsWith("bad") ? [[i, new Error(`${text} isn't taken`)] as const] : [])),
    );
    if (failures.size === 0) return embeddings;
    throw new TextsRefusedError(
      failures,
      embeddings.map((embedding, i) => (failures.has(i) ? null : embedding)),
    );
  }
}
