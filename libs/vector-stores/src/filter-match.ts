import type { JsonValue } from "@freshet/schemas/lossless-json";
import type { PayloadFilter, Range, Scalar } from "./payload-filter.js";
import type { Point } from "./vector-store.js";

/** Whether a row's columns match, by payload-filter.ts to the letter: the last word where a store's own filter finds more. */
export function matches(filter: PayloadFilter, payload: Point["payload"]): boolean {
  if ("and" in filter) return filter.and.every((part) => matches(part, payload));
  if ("or" in filter) return filter.or.some((part) => matches(part, payload));
  if ("not" in filter) return !matches(filter.not, payload);
  const values = valuesOf(payload, filter.field);
  if ("equals" in filter) return values.some((value) => same(value, filter.equals));
  if ("in" in filter) return values.some((value) => filter.in.some((wanted) => same(value, wanted)));
  if ("range" in filter) return values.some((value) => isNumber(value) && inRange(value, filter.range));
  if ("isNull" in filter) return values.length === 0;
  return filter satisfies never;
}

function same(value: JsonValue, wanted: Scalar): boolean {
  if (!isNumber(value) || typeof wanted !== "number") return value === wanted;
  // Of a bigint and a number, each digit counts.
  return value <= wanted && value >= wanted;
}

function inRange(value: number | bigint, { gt, gte, lt, lte }: Range): boolean {
  return (
    (gt === undefined || value > gt) &&
    (gte === undefined || value >= gte) &&
    (lt === undefined || value < lt) &&
    (lte === undefined || value <= lte)
  );
}

/** A column's elements; none when it is missing, null or an empty list. */
export function valuesOf(payload: Point["payload"], column: string): readonly JsonValue[] {
  const value = Object.hasOwn(payload, column) ? payload[column] : undefined;
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

export function isNumber(value: JsonValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
