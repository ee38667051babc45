import type { Message } from "./message.js";
import type { RequestGate } from "./request-gate.js";

/** How much a batch may hold and how long it may wait to be filled. */
export interface BatchOptions {
  readonly maxItems: number;
  /** Sum of the records' key and value bytes. */
  readonly maxBytes: number;
  /** Since its first message, in ms. An idle topic never holds a batch back longer. */
  readonly maxWaitMs: number;
}

export interface BatchContext {
  readonly gate: RequestGate;
  /** Aborted when the partitions are lost or the application ends: what isn't durable by then is delivered again. */
  readonly signal: AbortSignal;
}

/** Where a pipeline ends outside of Kafka. Offsets are committed only after `write` has resolved. */
export interface Sink<K, V> {
  /**
   * Resolves when every message is durable. Messages of one key are in order; the same messages may come again.
   *
   * @throws {RetriableError} try the same batch again later. @throws {BatchItemsError} some messages are poison.
   * @throws {FatalError} stop.
   */
  readonly write: (batch: readonly Message<K, V>[], context: BatchContext) => Promise<void>;
}
