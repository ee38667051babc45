import type { Retry } from "../batches/batch-run.js";
import type { BatchResults } from "../batches/batch-results.js";
import type { RecordBatch } from "../assignment/record-source.js";

/** Whether what came of a record may be seen twice by readers of committed records. */
export type ProcessingGuarantee = "at_least_once" | "exactly_once";

export interface CompletedBatch {
  readonly batch: RecordBatch;
  readonly results: BatchResults;
  /** Ends when the batch's partitions are lost. */
  readonly retry: Retry;
}

/** The last part of a batch's way: what it has produced is acknowledged, and then its offsets are committed. */
export interface Checkpoint {
  /**
   * Batches that hold records of one partition are completed in the order of the calls. Ends the batch once it is
   * committed.
   *
   * @returns resolves when what was produced is acknowledged.
   * @throws {AssignmentEndedError} the partitions are lost. @throws {FatalError}
   */
  complete(completed: CompletedBatch): Promise<void>;
  /** Resolves when every batch that was completed is committed or given up. @throws {FatalError} */
  flush(): Promise<void>;
}
