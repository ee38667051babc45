import { Counter, Histogram, type Registry } from "prom-client";

export interface Metrics {
  /** Texts that cost an inference. */
  readonly texts: Counter<"model">;
  /** Time of one call of the model, in seconds. */
  readonly duration: Histogram<"model">;
  /** Messages made for an index. */
  readonly documents: Counter<"index" | "op">;
}

export function createMetrics(registry: Registry): Metrics {
  const registers = [registry];
  return {
    texts: new Counter({
      name: "freshet_embedding_texts_total",
      help: "Texts turned into vectors by the model; texts whose vector was known are not counted",
      labelNames: ["model"],
      registers,
    }),
    duration: new Histogram({
      name: "freshet_embedding_duration_seconds",
      help: "Time of one call of the model with all its texts",
      labelNames: ["model"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    documents: new Counter({
      name: "freshet_embedding_documents_total",
      help: "Messages made for an index's topic, by operation",
      labelNames: ["index", "op"],
      registers,
    }),
  };
}
