import type { Headers, Origin } from "./message.js";

/** The bytes of a key or value; null bytes as a value are a tombstone. Headers travel beside a value. */
export interface Encoded {
  readonly bytes: Buffer | string | null;
  readonly headers?: Headers;
}

/** Both directions between a type and a record's bytes. `decode` throws on what it can't read: that is poison. */
export interface Codec<T> {
  encode(value: T): Encoded;
  decode(bytes: Buffer | null, origin: Origin): T;
}

export interface Topic<K, V> {
  readonly name: string;
  readonly key: Codec<K>;
  readonly value: Codec<V>;
}
