import { readKeyOrder } from "@freshet/postgres/key-order";
import { findColumn, readChangeTable } from "@freshet/postgres/polled-table";
import type { Session } from "@freshet/postgres/session";
import type { TableName } from "@freshet/process/table-name";
import { cursorKind } from "../poll/polled-table-check.js";
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
  const seen = await readChangeTable(session, changes);
  const columns = await readTypedColumns(session, seen.oid);
  for (const name of keyColumns) findColumn(columns, { option: "key", table: changes, name });
  const named = { option: "sequence", table: changes, name: sequence } as const;
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
