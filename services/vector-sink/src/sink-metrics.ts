import type { TableRows } from "@freshet/schemas/row-counts";
import { Counter, Histogram, type Registry } from "prom-client";

const WRITE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const FRESHNESS_BUCKETS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60, 300, 1800, 7200, 86_400];

export interface WrittenBatch {
  readonly seconds: number;
  /** When the source committed the oldest and the newest of its messages, ms since the Unix epoch; null without any. */
  readonly committedAt: { readonly oldest: number; readonly newest: number } | null;
  /** When the store had them all. */
  readonly durableAt: number;
}

export class SinkMetrics {
  readonly #rows: Counter;
  readonly #writeSeconds: Histogram;
  readonly #freshness: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    const labels = ["index", "store"];
    this.#rows = new Counter({
      name: "freshet_sink_rows_total",
      help: "Rows by what became of them; a row counts once in each batch, and again when a batch is delivered again",
      labelNames: [...labels, "table", "result"],
      registers,
    });
    this.#writeSeconds = new Histogram({
      name: "freshet_sink_write_duration_seconds",
      help: "A batch's reads and writes in the store",
      labelNames: labels,
      buckets: WRITE_BUCKETS,
      registers,
    });
    this.#freshness = new Histogram({
      name: "freshet_sink_freshness_seconds",
      help: "From the commit in the source to durable in the store; of each batch its oldest and its newest message",
      labelNames: labels,
      buckets: FRESHNESS_BUCKETS,
      registers,
    });
  }

  rows(index: string, store: string, tables: TableRows): void {
    for (const [table, counts] of Object.entries(tables)) {
      for (const [result, count] of Object.entries(counts)) {
        if (count > 0) this.#rows.inc({ index, store, table, result }, count);
      }
    }
  }

  batch(index: string, store: string, { seconds, committedAt, durableAt }: WrittenBatch): void {
    this.#writeSeconds.observe({ index, store }, seconds);
    if (!committedAt) return;
    // Clocks of two machines differ a little.
    for (const moment of [committedAt.oldest, committedAt.newest]) {
      this.#freshness.observe({ index, store }, Math.max(0, durableAt - moment) / 1000);
    }
  }
}
