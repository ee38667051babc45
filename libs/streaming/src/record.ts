import type { Headers } from "./message.js";

/** One record as it came from the broker, before any codec. */
export interface ConsumedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
  /** When it was produced, in ms since the Unix epoch. */
  readonly timestamp: number;
  /** Of key and value. */
  readonly bytes: number;
}
