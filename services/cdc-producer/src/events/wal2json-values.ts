import type { PostgresType } from "@freshet/postgres/type-catalogue";
import { quoteJson } from "@freshet/schemas/lossless-json";

/** OIDs of Postgres' own types: they are the same in every database. */
const BOOL = 16;
const BYTEA = 17;
/** int8, int2, int4, oid, float4, float8, numeric */
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 1700]);

/**
 * As wal2json writes values in format version 1: numbers as JSON numbers with all their digits, NaN and the infinities as
 * null, bytea as hexadecimal digits, all else, domains and arrays too, as Postgres prints it.
 */
export function wal2jsonValueOf({ oid }: PostgresType): (text: string) => string {
  if (NUMBERS.has(oid)) return numberToJson;
  if (oid === BOOL) return (text) => (text === "t" ? "true" : "false");
  return oid === BYTEA ? (text) => quoteJson(text.slice("\\x".length)) : quoteJson;
}

const LETTERED = /^(?:NaN|-?Infinity)$/;

function numberToJson(text: string): string {
  return LETTERED.test(text) ? "null" : text;
}
