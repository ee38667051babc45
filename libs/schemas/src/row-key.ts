import { parseJson, stringifyJson, type JsonValue } from "./lossless-json.js";

/** The primary key's columns in key order: the name of a row, and the key of each of its messages. */
export type RowKey = Readonly<Record<string, JsonValue>>;

/** One row has one encoding: columns in key order, no white space. */
export function encodeRowKey(key: RowKey): string {
  return stringifyJson(key);
}

/** @throws {SyntaxError} when the text isn't a JSON object. Debezium's schema-carrying form is unwrapped. */
export function decodeRowKey(text: string): RowKey {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SyntaxError(`a message key must be a JSON object of the primary key's columns, not ${text.slice(0, 80)}`);
  }
  const { schema, payload } = value;
  const unwrapped = schema !== undefined && payload !== undefined ? payload : value;
  return unwrapped as RowKey;
}
