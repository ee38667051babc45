/** By name, as text. Of a header that comes more than once the last counts, as in Kafka's own `lastHeader`. */
export type Headers = Readonly<Record<string, string>>;

/** Names may come again, and values needn't be text. */
export type Header = readonly [name: string, value: Buffer | string | null];

/** What a record is produced with: by name, or in order and with repetitions. */
export type OutgoingHeaders = Readonly<Record<string, Buffer | string>> | readonly Header[];

/** As it comes from the broker. */
export type RawHeader = readonly [name: string, value: Buffer | null];

/** To add to them: `[...listHeaders(headers), ...more]`. Spread into an object, a list would lose its names. */
export function listHeaders(headers: OutgoingHeaders): readonly Header[] {
  return Symbol.iterator in headers ? headers : Object.entries(headers);
}

/** As a reader sees them. */
export function textHeaders(headers: OutgoingHeaders): Headers {
  return Object.fromEntries(
    listHeaders(headers).flatMap(([name, value]) => (value === null ? [] : [[name, value.toString()]])),
  );
}

/** One record of a topic, decoded. */
export interface Message<K, V> {
  readonly key: K;
  readonly value: V;
  /** Decoded when they are read. */
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
  readonly headers?: OutgoingHeaders;
  readonly partition?: number;
  /** What comes after it counts on it: when the topic takes none this large, the delivery fails. Default: a dead letter. */
  readonly essential?: boolean;
}
