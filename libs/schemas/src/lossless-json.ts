import { parse as parseLossless, stringify as stringifyLossless, isInteger, isSafeNumber } from "lossless-json";

/** A JSON value that loses nothing: integers beyond 2^53 are bigint, other numbers a double can't hold are text. */
export type JsonValue = string | number | bigint | boolean | null | JsonValue[] | { [name: string]: JsonValue };
export type JsonObject = Record<string, JsonValue>;

/** Only such text can hold a number that a double would change; all other text takes the native parser. */
const RISKY_NUMBER = /\d[\d.]{15}|\d[eE][+-]?\d{3}/;

function parseNumber(text: string): number | bigint | string {
  if (isSafeNumber(text)) return Number(text);
  return isInteger(text) ? BigInt(text) : text;
}

/** @throws {SyntaxError} when the text isn't JSON. */
export function parseJson(text: string): JsonValue {
  return (RISKY_NUMBER.test(text) ? parseLossless(text, null, { parseNumber }) : JSON.parse(text)) as JsonValue;
}

/** Writes bigints as plain JSON integers. */
export function stringifyJson(value: unknown): string {
  const text = stringifyLossless(value);
  if (text === undefined) throw new TypeError("undefined has no JSON form");
  return text;
}
