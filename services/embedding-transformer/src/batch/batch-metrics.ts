import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export type Rpc = "export" | "upload" | "embed";

export class BatchMetrics {
  readonly streams: Gauge<"rpc">;
  /** By what became of them: sent, accepted, skipped, failed, embedded, refused. */
  readonly rows: Counter<"rpc" | "index" | "result">;
  readonly chunks: Counter<"rpc" | "index">;
  /** Of vectors and texts, both as they travel. */
  readonly bytes: Counter<"rpc" | "index">;
  readonly seconds: Histogram<"rpc">;

  constructor(registry: Registry) {
    const registers = [registry];
    const prefix = "freshet_batch_";
    this.streams = new Gauge({
      name: `${prefix}streams`,
      help: "Batch calls under way",
      labelNames: ["rpc"],
      registers,
    });
    this.rows = new Counter({
      name: `${prefix}rows_total`,
      help: "Rows (or texts) of batch calls by what became of them",
      labelNames: ["rpc", "index", "result"],
      registers,
    });
    this.chunks = new Counter({
      name: `${prefix}chunks_total`,
      help: "Messages with rows in batch calls",
      labelNames: ["rpc", "index"],
      registers,
    });
    this.bytes = new Counter({
      name: `${prefix}bytes_total`,
      help: "Texts and vectors that travelled in batch calls",
      labelNames: ["rpc", "index"],
      registers,
    });
    this.seconds = new Histogram({
      name: `${prefix}chunk_duration_seconds`,
      help: "One chunk, from its reading until the other side or the broker has taken it over",
      labelNames: ["rpc"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
  }
}
