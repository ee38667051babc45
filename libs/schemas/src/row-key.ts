import { isJsonObject, parseJson, quoteJson, stringifyJson, type JsonValue } from "./lossless-json.js";

/** The primary key's columns in key order: the name of a row, and the key of each of its messages. */
export type RowKey = Readonly<Record<string, JsonValue>>;

/** One row has one encoding: columns in key order, no white space. */
export function encodeRowKey(key: RowKey): string {
  return stringifyJson(key);
}

/** What `encodeRowKey` writes as it reads it. Floats aren't: `1e+20` would become `100000000000000000000`. */
const CANONICAL = /^(?:-?[1-9]\d{0,18}|0|"[^"\\]*"|true|false)$/;

/** Encodes the keys of one table's rows from their values' JSON texts, to the same bytes as `encodeRowKey`. */
export class RowKeyEncoder {
  readonly #columns: readonly { readonly prefix: string; readonly place: number }[];

  /** @param names the key's columns, in key order. */
  constructor(names: readonly string[]) {
    // An object that was decoded has names such as "1" before all others, and would be encoded in that order again.
    const places = Object.fromEntries(names.map((name, place) => [name, place]));
    this.#columns = Object.entries(places).map(([name, place], index) => ({
      prefix: `${index === 0 ? "{" : ","}${quoteJson(name)}:`,
      place,
    }));
  }

  /** @param values JSON texts, in key order. */
  encode(values: readonly string[]): string {
    let key = "";
    for (const { prefix, place } of this.#columns) {
      const value = values[place] ?? "null";
      key += prefix + (CANONICAL.test(value) ? value : stringifyJson(parseJson(value)));
    }
    return `${key}}`;
  }
}

/** @throws {SyntaxError} when the text isn't a JSON object. Debezium's schema-carrying form is unwrapped. */
export function decodeRowKey(text: string): RowKey {
  const value = parseJson(text);
  if (!isJsonObject(value)) {
    throw new SyntaxError(`a message key must be a JSON object of the primary key's columns, not ${text.slice(0, 80)}`);
  }
  const { schema, payload } = value;
  const unwrapped = schema !== undefined && payload !== undefined ? payload : value;
  return unwrapped as RowKey;
}
