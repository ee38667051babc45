import { hash } from "node:crypto";
import type { JsonValue } from "@freshet/schemas/lossless-json";
import type { FieldType } from "../collection-spec.js";
import { isNumber, valuesOf } from "../filter-match.js";
import type { Scalar } from "../payload-filter.js";
import type { Point } from "../vector-store.js";
import { remembered } from "./remembered.js";
import { sortableNumber } from "./sortable-number.js";

/** zvec's field with what filters by equality need of all columns: a list of tokens, never empty. */
export const FACETS = "facets";

export type Fields = Readonly<Record<string, FieldType>>;

/** Which columns are filtered by ranges: those that were declared as numbers. */
export function hasRange(type: FieldType | undefined): boolean {
  return type === "integer" || type === "float";
}

/** zvec's fields with the least and the greatest number of a column, in the form of `sortableNumber`. */
export function boundFields(column: string): { readonly low: string; readonly high: string } {
  const token = columnToken(column);
  return { low: `low_${token}`, high: `high_${token}` };
}

/**
 * Stands for a column and one of its values. Values keep their type, whatever the column was declared as; of texts it is
 * the digest, so that nothing of the user's is ever part of an expression.
 *
 * @throws {RangeError} when it is an infinite number or none.
 */
export function valueToken(column: string, value: Scalar | bigint): string {
  return columnToken(column) + tokenOf(value);
}

/** Stands for a column that is missing, null or an empty list. */
export function nullToken(column: string): string {
  return `${columnToken(column)}0`;
}

/** What zvec's fields hold of a row's declared columns. */
export function facetFields(payload: Point["payload"], fields: Fields): Record<string, string | string[]> {
  const facets: string[] = [];
  const bounds: Record<string, string> = {};
  for (const [column, type] of Object.entries(fields)) {
    const values = valuesOf(payload, column);
    facets.push(...new Set(tokensOf(column, values)));
    const numbers = hasRange(type) ? values.filter(isNumber).map(sortableNumber).sort() : [];
    const [low, high] = [numbers[0], numbers.at(-1)];
    if (low === undefined || high === undefined) continue;
    const names = boundFields(column);
    bounds[names.low] = low;
    bounds[names.high] = high;
  }
  return facets.length > 0 ? { [FACETS]: facets, ...bounds } : {};
}

function tokensOf(column: string, values: readonly JsonValue[]): string[] {
  if (values.length === 0) return [nullToken(column)];
  // An object equals nothing, and is there.
  return values.map((value) => (typeof value === "object" ? `${columnToken(column)}1` : valueToken(column, value)));
}

function tokenOf(value: Scalar | bigint): string {
  if (typeof value === "string") return `s${digest(value, 24)}`;
  if (typeof value === "boolean") return value ? "t" : "f";
  return `n${sortableNumber(value)}`;
}

const columnToken = remembered((column) => digest(column, 12));

function digest(text: string, length: number): string {
  return hash("sha256", text, "hex").slice(0, length);
}
