import { performance } from "node:perf_hooks";
import { AssignmentEndedError } from "../assignment/assignment.js";
import type { Retry } from "../batches/batch-run.js";
import { Bell } from "../bell.js";
import { CheckpointOffsets } from "./checkpoint-offsets.js";
import { type CommitLimits, commitDueInMs } from "./commit-schedule.js";
import { FatalError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { StreamMetrics } from "../metrics.js";
import type { Generation, RecordBatch } from "../assignment/record-source.js";

export interface OffsetCommitsOptions {
  readonly group: string;
  readonly limits: CommitLimits;
  readonly metrics: StreamMetrics;
  readonly logger: Logger;
  /** A commit will never succeed. */
  readonly onFailure: (error: Error) => void;
}

/** Durable batches of one generation, in the order of their offsets, that one commit will cover. */
interface Pending {
  readonly generation: Generation;
  readonly retry: Retry;
  readonly offsets: CheckpointOffsets;
  /** Of each batch; its records needn't be held until the commit. */
  readonly ends: (() => void)[];
  readonly since: number;
  records: number;
}

/** Commits the offsets of durable batches beside the work on the next ones: one commit at a time, for all that wait. */
export class OffsetCommits {
  readonly #options: OffsetCommitsOptions;
  readonly #changed = new Bell();
  #pending: Pending | null = null;
  #committing = false;
  #flushing = 0;
  #failure: Error | null = null;

  constructor(options: OffsetCommitsOptions) {
    this.#options = options;
  }

  /** @param batch everything that was made of it is durable, as of all before it in its partitions. */
  add(batch: RecordBatch, retry: Retry): void {
    // A late one of an earlier generation must not take the place of what the present one has done.
    if (batch.generation.context.signal.aborted) {
      batch.end();
      return;
    }
    const pending = this.#pendingOf(batch.generation, retry);
    pending.offsets.add(batch.records);
    pending.ends.push(batch.end);
    pending.records += batch.records.length;
    this.#changed.ring();
    if (!this.#committing) void this.#commitAll();
  }

  /** Resolves when all that was added is committed or given up. @throws what can't be committed. */
  async flush(): Promise<void> {
    this.#flushing += 1;
    this.#changed.ring();
    try {
      while (this.#committing) await this.#changed.wait();
    } finally {
      this.#flushing -= 1;
    }
    if (this.#failure !== null) throw this.#failure;
  }

  #pendingOf(generation: Generation, retry: Retry): Pending {
    if (this.#pending?.generation === generation) return this.#pending;
    // What a generation that is over has left is delivered again.
    this.#pending?.ends.forEach((end) => end());
    const since = performance.now();
    return (this.#pending = { generation, retry, since, offsets: new CheckpointOffsets(), ends: [], records: 0 });
  }

  async #commitAll(): Promise<void> {
    this.#committing = true;
    try {
      for (let pending = this.#pending; pending !== null; pending = this.#pending) {
        const dueInMs = this.#dueInMs(pending);
        if (dueInMs > 0) await this.#changed.wait({ timeoutMs: dueInMs, signal: pending.generation.revoked });
        else {
          this.#pending = null;
          await this.#commit(pending);
        }
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new FatalError(String(error));
      this.#options.onFailure(this.#failure);
    } finally {
      this.#committing = false;
      this.#changed.ring();
    }
  }

  #dueInMs({ records, since, generation }: Pending): number {
    const isLast = this.#flushing > 0 || generation.revoked.aborted;
    return commitDueInMs({ records, sinceMs: performance.now() - since, isLast }, this.#options.limits);
  }

  async #commit({ generation, retry, offsets, ends, records }: Pending): Promise<void> {
    const { group, metrics, logger } = this.#options;
    const started = performance.now();
    try {
      await retry("commit", () => generation.commit(offsets.toList()));
      metrics.commitSeconds.observe({ group }, (performance.now() - started) / 1000);
    } catch (error) {
      if (!(error instanceof AssignmentEndedError)) throw error;
      logger.info({ group, messages: records }, `Offsets aren't committed: ${error.message}`);
    } finally {
      for (const end of ends) end();
    }
  }
}
