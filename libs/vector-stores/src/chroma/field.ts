import { createHash } from "node:crypto";
import { toUSVString } from "node:util";
import type { JsonValue } from "@freshet/schemas/lossless-json";
import type { FieldType } from "../collection-spec.js";
import type { Scalar } from "../payload-filter.js";

/**
 * Chroma merges a point's metadata into those that it has, and its client can't take a key away. So each point has the
 * same keys: these, and one for each of the collection's fields.
 */
export const OWN = {
  /** Payload and metadata, as JSON. */
  point: "_freshet",
  rows: "_freshet.rows",
  high: "_freshet.high",
  low: "_freshet.low",
  seq: "_freshet.seq",
} as const;

/** What begins with it is ours; a text of the user's that does gets it once more. */
const MARK = "\0";
/** A field that is missing, null or an empty list. */
export const NULL = `${MARK}null`;
/** First in the list that stands for what isn't one value of the field's type. */
export const OTHER = `${MARK}other`;

export type FieldValue = string | number | boolean | string[];

/** Names may not be empty nor begin with `$` or `#`: https://docs.trychroma.com/docs/overview/troubleshooting */
export function fieldKey(field: string): string {
  if (/^[^$#]/.test(field) && !/^(_freshet|__proto__|chroma:)/.test(field) && isWellFormed(field)) return field;
  return `_freshet.field.${createHash("sha256").update(field).digest("hex").slice(0, 16)}`;
}

/**
 * One value of the field's type as it is, so that others find it, too. A list, or a value of another type, is a list of
 * texts: Chroma's own lists are of one type, and whole numbers another than fractions.
 */
export function fieldValue(value: JsonValue | undefined, type: FieldType): FieldValue {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return NULL;
  if (typeof value === "bigint") return fieldValue(Number(value), type);
  if (isScalar(value) && hasFieldType(value, type)) return scalarOf(value);
  const elements = Array.isArray(value) ? value : [value];
  const scalars = elements.map((element) => (typeof element === "bigint" ? Number(element) : element)).filter(isScalar);
  return [OTHER, ...scalars.map(textOf)];
}

export function hasFieldType(value: Scalar, type: FieldType): boolean {
  return typeof value === (isNumeric(type) ? "number" : type === "keyword" ? "string" : "boolean");
}

export function isNumeric(type: FieldType): boolean {
  return type === "integer" || type === "float";
}

/** As an element of a list; texts as they are, for others to find. */
export function textOf(value: Scalar): string {
  return typeof value === "string" ? scalarOf(value) : `${MARK}${String(value)}`;
}

export function scalarOf<T extends Scalar>(value: T): T | string {
  return typeof value === "string" && value.startsWith(MARK) ? MARK + value : value;
}

function isScalar(value: JsonValue): value is Scalar {
  return value !== null && typeof value !== "object" && typeof value !== "bigint";
}

/** Half a surrogate pair has no UTF-8 form, and Chroma takes no request with one. */
export function isWellFormed(text: string): boolean {
  return toUSVString(text) === text;
}

/** Stands for one partition of one table. */
export function rowsToken({ table, partition }: { readonly table: string; readonly partition: number }): string {
  return `${partition}|${table}`;
}
