import type { OutgoingRecord } from "../message.js";
import type { ConsumedRecord } from "../record.js";
import type { BatchContext } from "../sink.js";

/** Tries again for ever what fails with a RetriableError, visibly under the stage's name. */
export type Retry = <T>(stage: string, work: (attempt: number) => T | Promise<T>) => Promise<T>;

/** What a pipeline knows and says about the batch in work. */
export interface BatchRun {
  /** The consumer group; a test has none. */
  readonly group?: string;
  readonly context: BatchContext;
  readonly retry: Retry;
  /** To be produced before the batch's offsets are committed. */
  emit(record: OutgoingRecord, source: ConsumedRecord): void;
  /** This record can't be processed: a dead letter before the batch's offsets are committed. */
  poison(source: ConsumedRecord, error: Error, attempts: number): void;
}

/** What operators need of it. */
export type OperatorRun = Omit<BatchRun, "emit">;
