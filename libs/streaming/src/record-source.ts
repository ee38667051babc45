import type { ConsumedRecord } from "./record.js";
import type { BatchContext, BatchOptions } from "./sink.js";

export interface Readiness {
  readonly ready: boolean;
  readonly reason?: string;
}

/** Records that are worked on together, each partition's in order. */
export interface RecordBatch {
  readonly records: readonly ConsumedRecord[];
  /** Its signal is aborted when the partitions are lost: nothing of the batch may be committed then. */
  readonly context: BatchContext;
  /** Resolves at the next answered heartbeat. @throws when the partitions are lost before. */
  unfenced(): Promise<void>;
  /**
   * Everything of the batch is durable: the group goes on behind it.
   *
   * @throws {RetriableError} not committed for now. @throws {FatalError} may never be committed.
   */
  commit(): Promise<void>;
}

/** Where batches come from: a member of a consumer group, or a test's list. */
export interface RecordSource {
  /** The next batch; null once the signal is aborted. @throws {FatalError} what ended the source. */
  take(limits: BatchOptions, signal: AbortSignal): Promise<RecordBatch | null>;
  readiness(): Readiness;
  /** Gives up batches in work, leaves the group and disconnects. */
  close(): Promise<void>;
}
