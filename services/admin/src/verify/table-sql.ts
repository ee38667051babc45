import type { PostgresType } from "@freshet/postgres/type-catalogue";
import { quoteIdentifier, quoteLiteral } from "@freshet/postgres/session";
import { slices } from "@freshet/vector-stores/slices";
import { digestSql } from "./row-digest.js";

export interface SqlColumn {
  readonly name: string;
  readonly type: PostgresType;
}

export interface SqlTable {
  /** As FROM takes it, with the row filter; it has `xmin` too. */
  readonly from: string;
  /** All that are captured, in order. */
  readonly columns: readonly SqlColumn[];
  /** In key order. */
  readonly key: readonly SqlColumn[];
}

/**
 * As the WAL and a SELECT print it: a cast to text writes `true` where they write `t`, and cuts the blanks at a
 * char(n)'s end.
 */
const printed = (column: SqlColumn) => `concat(${quoteIdentifier(column.name)})`;

/** A row whose columns are all null is null only by this comparison. */
const isNull = (column: SqlColumn) => `${quoteIdentifier(column.name)} IS NOT DISTINCT FROM NULL`;

/** A function takes no more. */
const MAX_ARGUMENTS = 100;

function concatSql(parts: readonly string[]): string {
  if (parts.length <= MAX_ARGUMENTS) return `concat(${parts.join(", ")})`;
  return concatSql([...slices(parts, MAX_ARGUMENTS)].map(concatSql));
}

/** The row's hash, as `rowHash` computes it. */
function rowHashSql({ columns }: SqlTable): string {
  const parts = columns.map(
    (column) =>
      `CASE WHEN ${isNull(column)} THEN '~' ELSE ` +
      `octet_length(convert_to(${printed(column)}, 'UTF8')) || ':' || ${printed(column)} END`,
  );
  return `encode(sha256(convert_to(${concatSql(parts)}, 'UTF8')), 'hex')`;
}

/** OIDs of int8, int2, int4 and oid. */
const WHOLE_NUMBERS: readonly number[] = [20, 21, 23, 26];
const BOOLEAN = 16;
/** Whose JSON is their text as a string: text, varchar, char(n), name, uuid and numeric. */
const TEXTS: readonly number[] = [25, 1043, 1042, 19, 2950, 1700];

/** The key as `encodeRowKey` writes it; null when one of its columns has a JSON that SQL doesn't write alike. */
export function keySql({ key }: SqlTable): string | null {
  // An object's names that are whole numbers come first, in JavaScript.
  const names = Object.keys(Object.fromEntries(key.map(({ name }) => [name, 0])));
  const members = names.map((name, place) => {
    const column = key.find((some) => some.name === name);
    const value = column === undefined ? null : jsonSql(column);
    return value === null ? null : `${quoteLiteral(`${place === 0 ? "{" : ","}${JSON.stringify(name)}:`)}, ${value}`;
  });
  return members.includes(null) ? null : `concat(${members.join(", ")}, '}')`;
}

function jsonSql(column: SqlColumn): string | null {
  const oid = baseOf(column.type);
  if (oid === BOOLEAN) return `CASE WHEN ${quoteIdentifier(column.name)} THEN 'true' ELSE 'false' END`;
  if (WHOLE_NUMBERS.includes(oid ?? -1)) return printed(column);
  return oid !== null && TEXTS.includes(oid) ? `to_json(${printed(column)})` : null;
}

/** Null for what is no base type below its domains. */
function baseOf(type: PostgresType): number | null {
  if (type.kind === "domain") return baseOf(type.base);
  return type.kind === "base" ? type.oid : null;
}

/** FROM's item with the rows whose keys are in $1, a JSON array of them; an index over the key finds them. */
export function keyedSource({ from, key }: SqlTable): string {
  const definitions = key.map(({ name, type }) => `${quoteIdentifier(name)} ${typeName(type)}`);
  const names = key.map(({ name }) => quoteIdentifier(name)).join(", ");
  return `(SELECT source.* FROM json_to_recordset($1::json) AS wanted (${definitions.join(", ")}) JOIN (SELECT xmin, * FROM ${from}) AS source USING (${names})) AS keyed`;
}

function typeName(type: PostgresType): string {
  return type.kind === "domain" ? typeName(type.base) : `${quoteIdentifier(type.schema)}.${quoteIdentifier(type.name)}`;
}

/** `key, row_hash, version` and all columns; who writes a row gives it another xmin. */
export function selectSql(table: SqlTable, { key, from }: { readonly key: string; readonly from: string }): string {
  const columns = table.columns.map(({ name }) => quoteIdentifier(name));
  return `SELECT ${[key, rowHashSql(table), "xmin", ...columns].join(", ")} FROM ${from}`;
}

/** `bucket, rows, digests` of all rows. */
export function sumsSql(table: SqlTable, key: string): string {
  const { bucket, digest, from } = digestSql({ key, rowHash: rowHashSql(table), from: table.from });
  return `SELECT ${bucket}, count(*), sum(${digest}) FROM ${from} GROUP BY 1`;
}

/** `key, row_hash` of the rows in buckets $1. */
export function rowsSql(table: SqlTable, key: string): string {
  const { bucket, from } = digestSql({ key, rowHash: rowHashSql(table), from: table.from });
  return `SELECT key, row_hash FROM ${from} WHERE ${bucket} = ANY ($1::int[])`;
}
