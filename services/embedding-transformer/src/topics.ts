import { decodeEmbeddedMessage, encodeEmbeddedMessage, type EmbeddedMessage } from "@freshet/schemas/embedded-document";
import { decodeRowKey, encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import type { Codec, OutputTopic, Topic } from "@freshet/streaming/topic";

/** A message and the row that it is of. */
export interface Keyed<T> {
  readonly key: RowKey;
  readonly value: T;
}

const rowKey: Codec<RowKey> = {
  encode: (key) => ({ bytes: encodeRowKey(key) }),
  decode(bytes) {
    if (bytes === null) throw new SyntaxError("a message without a key names no row");
    return decodeRowKey(bytes.toString("utf8"));
  },
};

const embeddedMessage: Codec<EmbeddedMessage> = {
  encode(message) {
    const { value, headers } = encodeEmbeddedMessage(message);
    return { bytes: value, headers };
  },
  decode: (bytes, { headers }) => decodeEmbeddedMessage({ value: bytes && bytes.toString("utf8"), headers }),
};

export function documentsOf(name: string): Topic<RowKey, EmbeddedMessage> {
  return { name, key: rowKey, value: embeddedMessage };
}

/** The same topic to be produced to. */
export function documentsTo(name: string): OutputTopic<Keyed<EmbeddedMessage>> {
  return {
    name,
    keyOf: ({ key }) => encodeRowKey(key),
    value: { encode: ({ value }) => embeddedMessage.encode(value) },
  };
}
