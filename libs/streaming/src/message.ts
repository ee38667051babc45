export type Headers = Readonly<Record<string, string>>;

/** One record of a topic, decoded. */
export interface Message<K, V> {
  readonly key: K;
  readonly value: V;
  readonly headers: Headers;
  /** When the record was produced, in ms since the Unix epoch. */
  readonly timestamp: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** Where a record lies, for codecs and operators that need it. */
export type Origin = Pick<Message<unknown, unknown>, "topic" | "partition" | "offset" | "headers" | "timestamp">;

/** One record to be produced. Without `partition`, the key decides (murmur2, as Java's clients do). */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers?: Headers;
  readonly partition?: number;
  /** What comes after it counts on it: when the topic takes none this large, the delivery fails. Default: a dead letter. */
  readonly essential?: boolean;
}
