import { decodeChangeEvent, encodeChangeEvent, type ChangeEvent } from "@freshet/schemas/change-event";
import { decodeEmbeddedMessage, encodeEmbeddedMessage, type EmbeddedMessage } from "@freshet/schemas/embedded-document";
import { decodeRowKey, encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import type { Codec, Topic } from "@freshet/streaming/topic";

const rowKey: Codec<RowKey> = {
  encode: (key) => ({ bytes: encodeRowKey(key) }),
  decode(bytes) {
    if (bytes === null) throw new SyntaxError("a change without a key can't be told from other rows' changes");
    return decodeRowKey(bytes.toString("utf8"));
  },
};

/** Null is a tombstone. */
const changeEvent: Codec<ChangeEvent | null> = {
  encode: (event) => ({ bytes: event && encodeChangeEvent(event) }),
  decode: (bytes, { offset }) =>
    bytes && decodeChangeEvent(bytes.toString("utf8"), { epoch: 0, commitLsn: offset, seq: 0 }),
};

const embeddedMessage: Codec<EmbeddedMessage> = {
  encode(message) {
    const { value, headers } = encodeEmbeddedMessage(message);
    return { bytes: value, headers };
  },
  decode: (bytes, { headers }) => decodeEmbeddedMessage({ value: bytes && bytes.toString("utf8"), headers }),
};

export function changesOf(name: string): Topic<RowKey, ChangeEvent | null> {
  return { name, key: rowKey, value: changeEvent };
}

export function documentsOf(name: string): Topic<RowKey, EmbeddedMessage> {
  return { name, key: rowKey, value: embeddedMessage };
}
