import { Histogram, type Registry } from "prom-client";
import type { SearchMode } from "./search-request.js";

export type SearchResultKind = "found" | "nothing" | "refused" | "unavailable" | "failed";

export interface Searched {
  readonly index: string;
  readonly mode: SearchMode;
  readonly result: SearchResultKind;
  readonly seconds: number;
}

export class SearchMetrics {
  readonly #seconds: Histogram;

  constructor(registry: Registry) {
    this.#seconds = new Histogram({
      name: "freshet_search_duration_seconds",
      help: "A search: the question's embedding and the store's answer",
      labelNames: ["index", "mode", "result"],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    });
  }

  searched({ seconds, ...labels }: Searched): void {
    this.#seconds.observe(labels, seconds);
  }
}
