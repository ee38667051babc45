import type { KeyColumn } from "@freshet/postgres/key-order";
import { quoteIdentifier, quoteSource, quoteTable } from "@freshet/postgres/session";
import type { CursorKind, PollStatements } from "../poll/poll-reader.js";
import { behind } from "../snapshot/key-condition.js";

/** What is read in the order of its changes. */
export interface Cursor {
  readonly kind: CursorKind;
  /** The column that rises with each change, then the key's. */
  readonly places: readonly [KeyColumn, ...KeyColumn[]];
}

export interface PolledShape {
  readonly schema: string;
  readonly name: string;
  readonly partitioned: boolean;
  readonly key: readonly KeyColumn[];
  readonly columns: readonly string[];
  /** Rows that don't match it count as deleted. */
  readonly where: string | undefined;
  readonly deletedAt: { readonly name: string; readonly boolean: boolean } | null;
  readonly cursor: Cursor;
  /** The change table; null when the table itself has the cursor's column. */
  readonly changes: { readonly schema: string; readonly name: string; readonly partitioned: boolean } | null;
}

/** A standby's time stands still with what it replays: what was committed since is not seen, so nothing has settled. */
const NOW = `CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_xact_replay_timestamp(), clock_timestamp()) ELSE clock_timestamp() END`;

/**
 * The highest value that counts: one that lies in the future would hide all that come before it. Dates and timestamps
 * without time zone are somebody's local ones, so a date may be two days off.
 */
const LATEST: Readonly<Record<CursorKind, string | null>> = {
  timestamptz: "clock.now",
  timestamp: "clock.now AT TIME ZONE 'UTC'",
  date: "(clock.now AT TIME ZONE 'UTC')::date - 2",
  number: null,
};

export function pollStatements(shape: PolledShape): PollStatements {
  const { key, cursor, changes, columns, deletedAt, where } = shape;
  const { places, kind } = cursor;
  const table = quoteSource(shape);
  const source = changes === null ? table : quoteSource(changes);
  const value = quoteIdentifier(places[0].name);
  const keyList = key.map(({ name }) => quoteIdentifier(name)).join(", ");
  const deleted = deletedCondition(deletedAt, where);
  const list = columns.map(quoteIdentifier).join(", ");

  const latest = LATEST[kind];
  const highest =
    latest === null ? "top.highest" : `CASE WHEN top.highest IS NOT NULL THEN least(top.highest, ${latest}) END`;
  const top = `FROM (SELECT max(${value}) FROM ${source}) top (highest) CROSS JOIN LATERAL (SELECT ${NOW}) clock (now)`;
  const placeList = places.map(({ name }) => quoteIdentifier(name)).join(", ");
  const changesSelect = `SELECT ${placeList}${changes === null ? `, ${deleted}, ${list}` : ""} FROM ${source}`;
  const changesOrder = `${places.map(({ name }) => `${quoteIdentifier(name)} IS NOT NULL`).join(" AND ")} ORDER BY ${placeList}`;
  const rowsSelect = `SELECT ${keyList}, ${deleted}, ${changes === null ? `${value} IS NULL` : "false"}, ${list} FROM ${table}`;
  return {
    mark: `SELECT (extract(epoch FROM clock.now) * 1000)::bigint, ${highest}, ${below(highest, kind)} ${top}`,
    greatest: `SELECT max(value::${places[0].type}) FROM json_array_elements_text($1::json) given (value)`,
    changesFrom: `${changesSelect} WHERE ${changesOrder}`,
    changesAbove: `${changesSelect} WHERE ${behind([places[0]], 1)} AND ${changesOrder}`,
    changesAfter: `${changesSelect} WHERE ${behind(places, 1)} AND ${changesOrder}`,
    rowsFrom: `${rowsSelect} WHERE true`,
    rowsAfter: `${rowsSelect} WHERE ${behind(key, 1)}`,
    rowsOrder: `ORDER BY ${keyList}`,
    find: findStatement({ key, table, deleted, list }),
    keyLength: key.length,
    withRows: changes === null,
  };
}

/** The parameter is how far below, in seconds. A number tells no time, and there is no parameter then. */
function below(highest: string, kind: CursorKind): string {
  switch (kind) {
    case "timestamptz":
    case "timestamp":
      return `${highest} - make_interval(secs => $1::float8)`;
    case "date":
      return `${highest} - ceil($1::float8 / 86400)::int`;
    case "number":
      return "NULL";
    default:
      return kind satisfies never;
  }
}

function deletedCondition(deletedAt: PolledShape["deletedAt"], where: string | undefined): string {
  const conditions: string[] = [];
  if (deletedAt !== null)
    conditions.push(`${quoteIdentifier(deletedAt.name)} IS ${deletedAt.boolean ? "TRUE" : "NOT NULL"}`);
  if (where !== undefined) conditions.push(`(\n${where}\n) IS NOT TRUE`);
  return conditions.length === 0 ? "false" : `(${conditions.join(" OR ")})`;
}

/** The parameter is a JSON array of keys, each an array of texts. Names in the inner query are the table's first. */
function findStatement(parts: { key: readonly KeyColumn[]; table: string; deleted: string; list: string }): string {
  const { key, table, deleted, list } = parts;
  const wanted = key.map(({ type }, place) => `(freshet_given.value->>${place})::${type} AS freshet_key_${place}`);
  const keys = key.map((_, place) => `freshet_wanted.freshet_key_${place}`);
  const same = key.map(({ name, equal }, place) => `${quoteIdentifier(name)} ${equal} ${keys[place] ?? ""}`);
  return `SELECT ${keys.join(", ")}, freshet_found.*
FROM (SELECT freshet_given.place, ${wanted.join(", ")} FROM json_array_elements($1::json) WITH ORDINALITY freshet_given (value, place)) freshet_wanted
LEFT JOIN LATERAL (SELECT ${deleted} AS freshet_deleted, ${list} FROM ${table} WHERE ${same.join(" AND ")}) freshet_found ON true
ORDER BY freshet_wanted.place`;
}

/** For people: their rounds read the whole table without it. */
export function createIndexSql({ schema, name, partitioned }: PolledShape, columns: readonly string[]): string {
  const how = partitioned ? "" : "CONCURRENTLY ";
  return `CREATE INDEX ${how}ON ${quoteTable({ schema, name })} (${columns.map(quoteIdentifier).join(", ")})`;
}
