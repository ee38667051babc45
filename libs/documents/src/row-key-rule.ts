import type { ChangeEvent } from "@freshet/schemas/change-event";
import { controlKey, isControlKey } from "@freshet/schemas/control-message";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import { encodeRowKey, type RowKey } from "@freshet/schemas/row-key";

/** A change and its record's key; null for a record without one. */
export interface KeyedChange {
  readonly key: RowKey | null;
  /** Null is a tombstone. */
  readonly event: ChangeEvent | null;
}

/**
 * Which row a change is of: the one that its record's key names, or else the fields of the row that are to name it.
 *
 * @throws {SyntaxError} when nothing names it: it can't be told from other rows' changes.
 */
export function rowKeyOf({ key, event }: KeyedChange, fields: readonly string[] | undefined): RowKey {
  // Debezium's truncates have no key.
  if (event?.op === "t") return controlKey("truncate");
  if (event?.op === "m") return controlKey("snapshot-end");
  if (fields === undefined) {
    if (key !== null && isControlKey(key)) throw new SyntaxError("the record's key is that of control messages");
    if (key !== null) return key;
    throw new SyntaxError(
      "a record without a key can't be told from other rows' changes: name the fields that do so in the index's key",
    );
  }
  const row = rowOf(event) ?? key;
  if (row === null) throw new SyntaxError("a delete has neither a key nor the row that it deletes");
  return Object.fromEntries(fields.map((field) => [field, requireField(row, field)]));
}

/**
 * The key that a row had before an update gave it another one, where fields name rows: whoever writes keys also writes
 * a delete for the old one. Null when it is the same, or the event doesn't say.
 */
export function formerKeyOf(
  event: ChangeEvent | null,
  key: RowKey,
  fields: readonly string[] | undefined,
): RowKey | null {
  if (fields === undefined || event?.op !== "u") return null;
  const { before } = event;
  if (before === null || fields.some((field) => (before[field] ?? null) === null)) return null;
  const former = Object.fromEntries(fields.map((field) => [field, before[field] ?? null]));
  return encodeRowKey(former) === encodeRowKey(key) ? null : former;
}

function rowOf(event: ChangeEvent | null): JsonObject | null {
  if (event === null) return null;
  if ("after" in event) return event.after;
  return "before" in event ? event.before : null;
}

function requireField(row: RowKey, field: string): RowKey[string] {
  const value = row[field] ?? null;
  if (value !== null) return value;
  throw new SyntaxError(`the row has no "${field}", which is to name it`);
}
