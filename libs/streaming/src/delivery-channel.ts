import type { OutgoingRecord } from "./message.js";

/**
 * Records on their way to the broker, in order, bounded by bytes. What arrives while a send is on its way makes the
 * next send, so batches grow with the load and an idle channel adds no delay.
 */
export interface DeliveryChannel {
  /**
   * Queues a record. `onDelivered` is called, in the order of the offers, once all in-sync replicas have it
   * (acks=all, idempotent producer), or once it lies in the dead letters because it is larger than the broker takes.
   */
  offer(record: OutgoingRecord, onDelivered?: () => void): void;
  /** True while more bytes are queued than the bound: stop reading the source and await `ready`. */
  readonly isFull: boolean;
  /** Resolves when the channel is below its bound. @throws what the channel failed with. */
  ready(): Promise<void>;
  /** Resolves when everything offered so far is delivered. @throws what the channel failed with. */
  flush(): Promise<void>;
  /** Rejects when the channel fails for good (authorisation, fatal producer error); never resolves. */
  readonly failed: Promise<never>;
  /** What stands in the way just now, though it is tried again for ever; null while deliveries succeed. */
  readonly lastError: Error | null;
  /** Flushes within the time-out, then disconnects. */
  close(timeoutMs: number): Promise<void>;
}
