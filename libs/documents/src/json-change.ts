import type { RowDeleted, RowWritten } from "@freshet/schemas/change-event";
import { isJsonObject, parseJson, type JsonValue } from "@freshet/schemas/lossless-json";
import type { RowKey } from "@freshet/schemas/row-key";
import type { Origin } from "@freshet/streaming/message";

/** Names a row by its record's key, when that is no JSON object. */
const KEY_FIELD = "key";

/**
 * A JSON object of any topic as a row that was written when its record was; a tombstone as its delete.
 *
 * @param text null for a tombstone. @throws {SyntaxError} when it isn't a JSON object.
 */
export function jsonToChange(text: string | null, { topic, offset, timestamp }: Origin): RowWritten | RowDeleted {
  const source = {
    ...{ db: "", schema: "", table: topic, txId: null, lsn: 0n, tsMs: timestamp, snapshot: false, rowHash: null },
    position: { epoch: 0, commitLsn: offset, seq: 0 },
  };
  if (text === null) return { op: "d", before: null, source, tsMs: timestamp };
  const after = parseJson(text);
  if (!isJsonObject(after)) throw new SyntaxError("a record must be a JSON object of a row's fields");
  return { op: "c", before: null, after, source, tsMs: timestamp };
}

/** A JSON object is a row's key as it is; anything else is the value of the one field that names a row. */
export function jsonToRowKey(text: string, fields: readonly string[] | undefined): RowKey {
  const value = parseKey(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  const [field] = fields ?? [];
  // As text, whatever it looks like: nobody says that keys are of one type.
  return field === undefined ? { [KEY_FIELD]: text } : { [field]: value };
}

function parseKey(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}
