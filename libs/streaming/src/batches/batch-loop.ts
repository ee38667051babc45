import type { BatchWorker } from "./batch-worker.js";
import { Bell } from "../bell.js";
import type { RecordBatch, RecordSource } from "../assignment/record-source.js";
import type { BatchOptions } from "../sink.js";

export interface BatchLoopOptions {
  readonly source: RecordSource;
  readonly worker: Pick<BatchWorker, "work">;
  readonly limits: BatchOptions;
  /** How many batches operators and sinks work on at a time, each of other partitions. */
  readonly concurrency: number;
  /** How many records to take; all that come by default. */
  readonly count?: number | undefined;
  /** How long nothing may come, in ms, before it ends; for ever by default. */
  readonly idleTimeoutMs?: number | undefined;
}

/** Beside those in work: one is produced, and one waits for that, so that neither operators nor the broker are idle. */
const COMPLETING = 2;

/** Takes batches and has them worked on, several at a time. */
export class BatchLoop {
  readonly #options: BatchLoopOptions;
  readonly #changed = new Bell();
  readonly #failed = new AbortController();
  /** With the signals that give them up. */
  readonly #open = new Map<Promise<void>, AbortSignal>();
  #processing = 0;

  constructor(options: BatchLoopOptions) {
    this.#options = options;
  }

  /** Something beside the batches has failed for good. */
  fail(error: unknown): void {
    this.#failed.abort(error);
    this.#changed.ring();
  }

  /**
   * Until the signal is aborted, enough has been taken, or nothing more comes; then the batches that were taken are
   * finished.
   *
   * @throws what a batch, the source or `fail` ended with; some batches may be open then.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { source, limits, count = Infinity, idleTimeoutMs } = this.#options;
    const over = AbortSignal.any([signal, this.#failed.signal]);
    for (let left = count; left > 0;) {
      while (this.#isFull && !over.aborted) await this.#changed.wait({ signal: over });
      const maxItems = Math.min(limits.maxItems, left);
      const batch = await source.take({ ...limits, maxItems }, { signal: over, idleTimeoutMs });
      if (batch === null) break;
      left -= batch.records.length;
      this.#start(batch);
    }
    while (this.#hasWork && !this.#failed.signal.aborted) {
      await this.#changed.wait({ signal: this.#failed.signal });
    }
    this.#failed.signal.throwIfAborted();
  }

  /** Resolves when no batch is open any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#open.keys());
  }

  /** What was given up isn't waited for. */
  get #hasWork(): boolean {
    return [...this.#open.values()].some((lost) => !lost.aborted);
  }

  get #isFull(): boolean {
    const { concurrency } = this.#options;
    return this.#processing >= concurrency || this.#open.size >= concurrency + COMPLETING;
  }

  #start(batch: RecordBatch): void {
    this.#processing += 1;
    let isProcessing = true;
    const processed = () => {
      if (!isProcessing) return;
      isProcessing = false;
      this.#processing -= 1;
      this.#changed.ring();
    };
    const release = () => {
      batch.release();
      processed();
    };
    const lost = batch.generation.context.signal;
    const onLost = () => this.#changed.ring();
    lost.addEventListener("abort", onLost);
    const work = this.#options.worker
      .work({ ...batch, release })
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        lost.removeEventListener("abort", onLost);
        this.#open.delete(work);
        processed();
        this.#changed.ring();
      });
    this.#open.set(work, lost);
  }
}
