import type { Logger } from "@freshet/streaming/logger";
import type { BatchMetrics, Rpc } from "./batch-metrics.js";

const PROGRESS_MS = 10_000;

interface ChunkRecord {
  /** By what became of them. */
  readonly rows: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly ms: number;
}

/** What one stream has done so far: in the log at its start, every ten seconds and at its end, and in the metrics. */
export class StreamRecord {
  readonly #metrics: BatchMetrics;
  readonly #logger: Logger;
  readonly #rpc: Rpc;
  readonly #peer: string;
  readonly #startedAt = performance.now();
  readonly #rows: Record<string, number> = {};
  #index = "";
  #chunks = 0;
  #bytes = 0;
  #loggedAt = performance.now();

  constructor(options: { metrics: BatchMetrics; logger: Logger; rpc: Rpc; peer: string }) {
    this.#metrics = options.metrics;
    this.#logger = options.logger;
    this.#rpc = options.rpc;
    this.#peer = options.peer;
    this.#metrics.streams.inc({ rpc: this.#rpc });
  }

  /** The stream is about a known index from here on. */
  started(index: string, details: object = {}): void {
    this.#index = index;
    this.#logger.info({ ...this.#about(), ...details }, `${this.#rpc} started`);
  }

  chunk({ rows, bytes, ms }: ChunkRecord): void {
    const rpc = this.#rpc;
    const index = this.#index;
    this.counted(rows);
    this.#chunks += 1;
    this.#bytes += bytes;
    this.#metrics.chunks.inc({ rpc, index });
    this.#metrics.bytes.inc({ rpc, index }, bytes);
    this.#metrics.seconds.observe({ rpc }, ms / 1000);
    if (performance.now() - this.#loggedAt < PROGRESS_MS) return;
    this.#loggedAt = performance.now();
    this.#logger.info(this.#soFar(), `${this.#rpc} goes on`);
  }

  counted(rows: Readonly<Record<string, number>>): void {
    for (const [result, count] of Object.entries(rows)) {
      if (count === 0) continue;
      this.#rows[result] = (this.#rows[result] ?? 0) + count;
      this.#metrics.rows.inc({ rpc: this.#rpc, index: this.#index, result }, count);
    }
  }

  ended(status: string, reason?: string): void {
    this.#metrics.streams.dec({ rpc: this.#rpc });
    const details = { ...this.#soFar(), status, ...(reason === undefined ? {} : { reason }) };
    this.#logger[status === "INTERNAL" ? "error" : "info"](details, `${this.#rpc} ended`);
  }

  #about() {
    return { rpc: this.#rpc, index: this.#index, peer: this.#peer };
  }

  #soFar() {
    const seconds = Math.round((performance.now() - this.#startedAt) / 100) / 10;
    return { ...this.#about(), rows: { ...this.#rows }, chunks: this.#chunks, bytes: this.#bytes, seconds };
  }
}
