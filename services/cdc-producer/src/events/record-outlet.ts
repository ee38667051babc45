import type { OutgoingRecord } from "@freshet/streaming/message";

/** Where records go. Bounded by bytes: while it is full, await `ready` before the next record. */
export interface RecordOutlet {
  /** `onDelivered` is called, in the order of the offers, once Kafka has the record. @throws when it may not. */
  offer(record: OutgoingRecord, onDelivered?: () => void): void;
  readonly isFull: boolean;
  ready(): Promise<void>;
  /** Resolves when everything offered so far is delivered. */
  flush(): Promise<void>;
}
