import type { IndexRows, TopicRows } from "@freshet/process/index-configuration";
import { decodeChangeEvent, encodeChangeEvent, type ChangeEvent } from "@freshet/schemas/change-event";
import { decodeRowKey, encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import type { Codec, Topic } from "@freshet/streaming/topic";
import { jsonToChange, jsonToRowKey } from "./json-change.js";

/** Null for a record without a key. */
function inputKey(decode: (text: string) => RowKey): Codec<RowKey | null> {
  return {
    encode: (key) => ({ bytes: key && encodeRowKey(key) }),
    decode: (bytes) => bytes && decode(bytes.toString("utf8")),
  };
}

/** Null is a tombstone. */
const changeEvent: Codec<ChangeEvent | null> = {
  encode: (event) => ({ bytes: event && encodeChangeEvent(event) }),
  decode: (bytes, { offset, timestamp }) =>
    bytes && decodeChangeEvent(bytes.toString("utf8"), { epoch: 0, commitLsn: offset, seq: 0 }, timestamp),
};

const jsonChange: Codec<ChangeEvent | null> = {
  encode: (event) => changeEvent.encode(event),
  decode: (bytes, origin) => jsonToChange(bytes && bytes.toString("utf8"), origin),
};

/** Whether an index's rows are plain JSON objects, and no producer's events. */
export function isPlain(rows: IndexRows): rows is TopicRows {
  return rows.topic !== undefined && (rows.format ?? "json") === "json";
}

/** The rows of an index, as changes. */
export function changesOf(name: string, rows: IndexRows): Topic<RowKey | null, ChangeEvent | null> {
  if (!isPlain(rows)) return { name, key: inputKey(decodeRowKey), value: changeEvent };
  return { name, key: inputKey((text) => jsonToRowKey(text, rows.key)), value: jsonChange };
}
