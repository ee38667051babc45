import type { Headers, Origin } from "./message.js";

/** The bytes of a key or value; null bytes as a value are a tombstone. Headers travel beside a value. */
export interface Encoded {
  readonly bytes: Buffer | string | null;
  readonly headers?: Headers;
}

/**
 * Both directions between a type and a record's bytes. What either throws is poison.
 *
 * Functions and not methods: so the compiler refuses a codec that encodes less than a frame holds.
 */
export interface Codec<T> {
  readonly encode: (value: T) => Encoded;
  readonly decode: (bytes: Buffer | null, origin: Origin) => T;
}

/** What a topic's keys and values are. */
export interface TopicCodecs<K, V> {
  readonly key: Codec<K>;
  readonly value: Codec<V>;
}

export interface Topic<K, V> extends TopicCodecs<K, V> {
  readonly name: string;
}

/** A topic to be produced to. */
export interface OutputTopic<V> {
  readonly name: string;
  /** The record's key; the input's bytes by default. The partition is the input's in any case. */
  readonly keyOf?: (value: V) => string;
  readonly value: Pick<Codec<V>, "encode">;
}
