import type { Headers, RawHeader } from "./message.js";

/** One record as it came from the broker, before any codec. */
export interface ConsumedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** A view of the raw ones, decoded when they are read. */
  readonly headers: Headers;
  /** The bytes of every one, in order and with repetitions. */
  readonly rawHeaders: Iterable<RawHeader>;
  /** When it was produced, in ms since the Unix epoch. */
  readonly timestamp: number;
  /** Of key and value. */
  readonly bytes: number;
}
