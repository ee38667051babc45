import type { OutgoingRecord } from "./message.js";
import type { RequestGate } from "./request-gate.js";

/** A record that knows its partition and its size. */
export interface AddressedRecord {
  readonly record: OutgoingRecord;
  readonly partition: number;
  /** What it takes in a record batch before compression, at most. */
  readonly bytes: number;
}

/** The broker takes no record batch as large as this one. */
export class SendTooLargeError extends Error {
  override readonly name = "SendTooLargeError";
}

export interface RecordProducer {
  /**
   * Decides each record's partition.
   *
   * @throws {RetriableError} a topic is missing, or the broker away. @throws {FatalError} there is no such partition.
   */
  address(records: readonly OutgoingRecord[]): Promise<AddressedRecord[]>;
  /**
   * Resolves once all in-sync replicas have every record, a partition's in the given order. After a failure some may
   * have arrived: send the same again. One call at a time.
   *
   * @param gate asked before each attempt.
   * @throws {SendTooLargeError} cut it smaller. @throws {RetriableError} @throws {FatalError} not allowed.
   */
  send(records: readonly AddressedRecord[], gate?: RequestGate): Promise<void>;
  close(): Promise<void>;
}
