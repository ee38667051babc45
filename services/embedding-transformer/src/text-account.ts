import type { Embedding } from "@freshet/embeddings/embedding-model";
import type { ModelConfiguration } from "@freshet/process/model-configuration";
import type { Metrics } from "./metrics.js";

export interface AccountOptions {
  readonly index: string;
  /** The model's name. */
  readonly model: string;
  /** A model that costs nothing by the token has none. */
  readonly price: ModelConfiguration["price"];
  readonly metrics: Metrics;
}

/** What an index's texts cost, and what the cache saved of it. */
export class TextAccount {
  readonly #labels: { readonly index: string; readonly model: string };
  readonly #options: AccountOptions;

  constructor(options: AccountOptions) {
    this.#labels = { index: options.index, model: options.model };
    this.#options = options;
  }

  spent(embeddings: readonly Embedding[]): void {
    const { metrics } = this.#options;
    metrics.texts.inc(this.#labels, embeddings.length);
    metrics.cacheMisses.inc(this.#labels, embeddings.length);
    this.#count({ tokens: metrics.tokens, cost: metrics.cost }, embeddings);
  }

  saved(embeddings: readonly Embedding[]): void {
    const { metrics } = this.#options;
    metrics.cacheHits.inc(this.#labels, embeddings.length);
    this.#count({ tokens: metrics.tokensSaved, cost: metrics.costSaved }, embeddings);
  }

  refused(texts: number): void {
    const { metrics } = this.#options;
    metrics.refused.inc(this.#labels, texts);
    metrics.cacheMisses.inc(this.#labels, texts);
  }

  #count(counters: Pick<Metrics, "tokens" | "cost">, embeddings: readonly Embedding[]): void {
    const { price } = this.#options;
    const tokens = embeddings.reduce((sum, embedding) => sum + embedding.tokens, 0);
    counters.tokens.inc(this.#labels, tokens);
    if (price === undefined) return;
    const { currency, perMillionTokens } = price;
    counters.cost.inc({ ...this.#labels, currency }, (tokens / 1e6) * perMillionTokens);
  }
}
