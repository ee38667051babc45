import type { PostgresType } from "@freshet/postgres/type-catalogue";
import { quoteIdentifier, quoteLiteral } from "@freshet/postgres/session";
import { digestSql } from "@freshet/vector-stores/row-digest";
import { slices } from "@freshet/vector-stores/slices";
import type { TablePart } from "./table-size.js";

export interface SqlColumn {
  readonly name: string;
  readonly type: PostgresType;
}

export interface SqlTable {
  /** As FROM takes it. */
  readonly relation: string;
  /** Of its rows those that are captured, as SQL; null: all. */
  readonly filter: string | null;
  /** Whether its rows have an `xmin`: those of views have none. */
  readonly hasVersions: boolean;
  /** All that are captured, in order. */
  readonly columns: readonly SqlColumn[];
  /** In key order. */
  readonly key: readonly SqlColumn[];
  /** Whether the database's texts are in UTF-8 anyhow. */
  readonly isUtf8: boolean;
}

/** FROM's item with the captured rows of a part of the table, with their versions. */
export function sourceSql({ relation, filter, hasVersions }: SqlTable, { blocks }: Pick<TablePart, "blocks">): string {
  const conditions = [
    ...(filter === null ? [] : [`(${filter})`]),
    ...(blocks === null || blocks.first === 0 ? [] : [`ctid >= '(${blocks.first},0)'`]),
    ...(blocks === null || blocks.end === null ? [] : [`ctid < '(${blocks.end},0)'`]),
  ];
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  return `(SELECT ${hasVersions ? "xmin, " : ""}* FROM ${relation}${where}) captured`;
}

/** OIDs of text and varchar. */
const PLAIN_TEXTS: readonly number[] = [25, 1043];

/**
 * As the WAL and a SELECT print it: a cast to text writes `true` where they write `t`, and cuts the blanks at a
 * char(n)'s end.
 */
const printed = ({ name, type }: SqlColumn) =>
  PLAIN_TEXTS.includes(baseOf(type) ?? 0) ? quoteIdentifier(name) : `concat(${quoteIdentifier(name)})`;

/** A row whose columns are all null is null only by this comparison. */
const isNull = (column: SqlColumn) => `${quoteIdentifier(column.name)} IS NOT DISTINCT FROM NULL`;

/** A function takes no more. */
const MAX_ARGUMENTS = 100;

function concatSql(parts: readonly string[]): string {
  if (parts.length <= MAX_ARGUMENTS) return `concat(${parts.join(", ")})`;
  return concatSql([...slices(parts, MAX_ARGUMENTS)].map(concatSql));
}

/** The row's hash, as `rowHash` computes it, but in bytes. */
function rowHashSql({ columns, isUtf8 }: SqlTable): string {
  const parts = columns.map((column) => {
    const text = printed(column);
    const bytes = isUtf8 ? text : `convert_to(${text}, 'UTF8')`;
    return `CASE WHEN ${isNull(column)} THEN '~' ELSE concat(octet_length(${bytes}), ':', ${text}) END`;
  });
  return `sha256(convert_to(${concatSql(parts)}, 'UTF8'))`;
}

/** OIDs of int8, int2, int4 and oid. */
const WHOLE_NUMBERS: readonly number[] = [20, 21, 23, 26];
export const BOOLEAN = 16;
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
export function baseOf(type: PostgresType): number | null {
  if (type.kind === "domain") return baseOf(type.base);
  return type.kind === "base" ? type.oid : null;
}

/** FROM's item with the rows whose keys are in $1, a JSON array of them; an index over the key finds them. */
export function keyedSource(table: SqlTable): string {
  const { key } = table;
  const wanted = wantedSql(key.map(({ name, type }) => ({ name, type: typeName(type) })));
  const names = key.map(({ name }) => quoteIdentifier(name)).join(", ");
  const captured = sourceSql(table, { blocks: null });
  return `(SELECT captured.* FROM ${wanted} JOIN ${captured} USING (${names})) AS keyed`;
}

/** The keys in $1, a JSON array of them, as `key` has it of the columns' values. */
export function takenKeysSql(key: string, columns: readonly CastColumn[]): string {
  return `SELECT ${key} FROM ${wantedSql(columns)}`;
}

interface CastColumn {
  readonly name: string;
  /** As a cast writes it. */
  readonly type: string;
}

function wantedSql(columns: readonly CastColumn[]): string {
  const definitions = columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`);
  return `json_to_recordset($1::json) AS wanted (${definitions.join(", ")})`;
}

function typeName(type: PostgresType): string {
  return type.kind === "domain" ? typeName(type.base) : `${quoteIdentifier(type.schema)}.${quoteIdentifier(type.name)}`;
}

/** `key, row_hash, version` and all columns; who writes a row gives it another xmin. Without one, its hash has to do. */
export function selectSql(table: SqlTable, { key, from }: Rows): string {
  const columns = table.columns.map(({ name }) => quoteIdentifier(name));
  const hash = `encode(${rowHashSql(table)}, 'hex')`;
  return `SELECT ${[key, hash, table.hasVersions ? "xmin" : hash, ...columns].join(", ")} FROM ${from}`;
}

interface Rows {
  /** SQL of the key. */
  readonly key: string;
  /** FROM's item. */
  readonly from: string;
}

/**
 * `bucket, rows, digests` of all rows. OFFSET keeps the planner from writing the inner expressions out wherever they are used.
 */
export function sumsSql(table: SqlTable, { key, from }: Rows): string {
  const rows = `(SELECT ${key} AS key, ${rowHashSql(table)} AS of_row FROM ${from} OFFSET 0) hashed`;
  const digested = `(SELECT of_row, sha256(convert_to(key, 'UTF8')) AS of_key FROM ${rows} OFFSET 0) digested`;
  return `SELECT ${digestSql.bucket}, count(*), sum(${digestSql.digest}) FROM ${digested} GROUP BY 1`;
}

/** `key, row_hash` of the rows in buckets $1; of the others no more than the key is hashed. */
export function rowsSql(table: SqlTable, { key, from }: Rows): string {
  const bucket = `(SELECT ${digestSql.bucket} FROM (SELECT sha256(convert_to(${key}, 'UTF8')) AS of_key OFFSET 0) digested)`;
  return `SELECT ${key}, encode(${rowHashSql(table)}, 'hex') FROM ${from} WHERE ${bucket} = ANY ($1::int[])`;
}
