import { SourceError } from "@freshet/postgres/errors";
import { readKeyOrder } from "@freshet/postgres/key-order";
import { quoteTable, type Session } from "@freshet/postgres/session";
import { readTable } from "@freshet/postgres/table-catalogue";
import type { TableName } from "@freshet/process/table-name";
import { tableLabel } from "../events/captured-table.js";
import { cursorKind, findColumn } from "../poll/polled-table-check.js";
import { readTypedColumns } from "./poll-catalogue.js";
import type { Cursor } from "./poll-statements.js";

export interface ChangeTable {
  readonly oid: string;
  readonly partitioned: boolean;
  readonly cursor: Cursor;
}

export interface ChangeTableOptions {
  readonly changes: TableName;
  readonly sequence: string;
}

/** @throws {SourceError} when it doesn't tell which rows changed, or may not be read. */
export async function findChangeTable(
  session: Session,
  { changes, sequence }: ChangeTableOptions,
  keyColumns: readonly string[],
): Promise<ChangeTable> {
  const label = tableLabel(changes);
  const seen = await readTable(session, changes);
  if (seen === undefined) {
    const text = `There is no table ${label} (names are case-sensitive), which polling needs (changes): create it, or correct source.tables.`;
    throw new SourceError("table-missing", text);
  }
  if (!seen.readable) {
    const sql = `GRANT SELECT ON ${quoteTable(changes)} TO "${session.client.user ?? ""}"`;
    const text = `Role "${session.client.user ?? ""}" may not read ${label}: let its owner run ${sql} (and GRANT USAGE ON its schema).`;
    throw new SourceError("table-unreadable", text, { sql });
  }
  const columns = await readTypedColumns(session, seen.oid);
  for (const name of keyColumns) findColumn(columns, { option: "key", label, name });
  const named = { option: "sequence", label, name: sequence } as const;
  const kind = cursorKind(findColumn(columns, named), named);
  return {
    oid: seen.oid,
    partitioned: seen.kind === "p",
    cursor: { kind, places: await readPlaces(session, changes, sequence, keyColumns) },
  };
}

/** The order of the changes: by the column that rises with each, then by the key. */
export async function readPlaces(
  session: Session,
  source: TableName,
  column: string,
  keyColumns: readonly string[],
): Promise<Cursor["places"]> {
  const [value, ...key] = await readKeyOrder(session, source, [column, ...keyColumns]);
  if (value === undefined) throw new RangeError("an order of some columns has a first one");
  return [value, ...key];
}
