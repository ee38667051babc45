import type { Message, OutgoingRecord } from "./message.js";
import type { ConsumedRecord } from "./record.js";
import type { BatchContext } from "./sink.js";

/** Tries again for ever what fails with a RetriableError, visibly under the stage's name. */
export type Retry = <T>(stage: string, work: (attempt: number) => T | Promise<T>) => Promise<T>;

/** What operators know and say about the batch in work. */
export interface BatchRun {
  readonly context: BatchContext;
  readonly retry: Retry;
  /** To be produced before the batch's offsets are committed. */
  emit(record: OutgoingRecord, source: ConsumedRecord): void;
  /** This record can't be processed: a dead letter before the batch's offsets are committed. */
  poison(source: ConsumedRecord, error: Error, attempts: number): void;
}

/** A message on its way through the operators, with the record that it was made of. */
export interface Item<K, V> {
  readonly source: ConsumedRecord;
  readonly message: Message<K, V>;
}

export type Stage<T> = (items: readonly T[], run: BatchRun) => Promise<void>;
