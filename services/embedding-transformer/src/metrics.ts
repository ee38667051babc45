import type { CacheSize } from "@freshet/embeddings/cache/embedding-cache";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

type PerText = "index" | "model";
type PerMoney = PerText | "currency";

export interface Metrics {
  /** Texts that cost an inference, and what that was. */
  readonly texts: Counter<PerText>;
  readonly tokens: Counter<PerText>;
  readonly cost: Counter<PerMoney>;
  /** Texts that cost none, and what they would have cost. */
  readonly cacheHits: Counter<PerText>;
  readonly tokensSaved: Counter<PerText>;
  readonly costSaved: Counter<PerMoney>;
  readonly cacheMisses: Counter<PerText>;
  readonly refused: Counter<PerText>;
  readonly evictions: Counter;
  /** Time of one call of the model, in seconds; and whether it is for documents that searches find. */
  readonly duration: Histogram<"model" | "serving">;
  /** Messages made for an index. */
  readonly documents: Counter<"index" | "op">;
}

const PREFIX = "freshet_embedding_";
const PER_TEXT = ["index", "model"] as const;
const PER_MONEY = [...PER_TEXT, "currency"] as const;

export function createMetrics(registry: Registry): Metrics {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name: PREFIX + name, help, labelNames: [...labelNames], registers });
  return {
    texts: counter(
      "texts_total",
      "Texts turned into vectors by the model; texts whose vector was known are not counted",
      PER_TEXT,
    ),
    tokens: counter("tokens_total", "Tokens of the texts that the model turned into vectors", PER_TEXT),
    cost: counter("cost_total", "Price of these tokens, in the currency", PER_MONEY),
    cacheHits: counter("cache_hits_total", "Texts whose vector was known, or on its way for another one", PER_TEXT),
    tokensSaved: counter("tokens_saved_total", "Tokens of the texts whose vector was known", PER_TEXT),
    costSaved: counter("cost_saved_total", "Price of these tokens, in the currency", PER_MONEY),
    cacheMisses: counter("cache_misses_total", "Texts that the model was asked for", PER_TEXT),
    refused: counter("refused_texts_total", "Texts that the model will never take", PER_TEXT),
    evictions: counter("cache_evictions_total", "Entries that this process removed from the cache to make room", []),
    duration: new Histogram({
      name: `${PREFIX}duration_seconds`,
      help: "Time of one call of the model with all its texts; what doesn't serve searches gives way to what does",
      labelNames: ["model", "serving"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    documents: counter("documents_total", "Messages made for an index's topic, by operation", ["index", "op"]),
  };
}

/** What the cache holds when somebody asks. */
export function addCacheMetrics(registry: Registry, size: () => CacheSize): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name: PREFIX + name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge("cache_entries", "Vectors in the cache, also of other processes that share it", () => size().entries);
  gauge("cache_bytes", "What they take of the cache's file", () => size().bytes);
}

/** Of each index, as it is when somebody asks. */
export function addDefinitionMetric(
  registry: Registry,
  changed: () => Iterable<readonly [index: string, isChanged: boolean]>,
): void {
  new Gauge({
    name: "freshet_index_definition_changed",
    help: "1 when the index is configured otherwise than it was built, and so waits for freshet reindex; else 0",
    labelNames: ["index"],
    registers: [registry],
    collect() {
      for (const [index, isChanged] of changed()) this.set({ index }, isChanged ? 1 : 0);
    },
  });
}
