import type { SourceTable } from "@freshet/process/source-configuration";
import { SourceError } from "@freshet/postgres/errors";
import type { NamedColumn } from "@freshet/postgres/polled-table";
import { formatTableName } from "@freshet/process/table-name";
import type { CursorKind } from "./poll-reader.js";

/** OIDs of Postgres' own types: they are the same in every database. */
const CURSOR_KINDS: ReadonlyMap<number, CursorKind> = new Map([
  [1184, "timestamptz"],
  [1114, "timestamp"],
  [1082, "date"],
  [20, "number"],
  [21, "number"],
  [23, "number"],
]);

/** @throws {SourceError} when the configuration doesn't say how the table is polled. */
export function pollOptions(table: SourceTable): NonNullable<SourceTable["poll"]> {
  if (table.poll !== undefined) return table.poll;
  throw new SourceError(
    "column-needed",
    `source.mode is poll, but nothing says how ${formatTableName(table)} shows its changes: give it poll: {updatedAt: …}, or ` +
      `poll: {changes: …, sequence: …}, in source.tables.`,
  );
}

/** @throws {SourceError} when nobody can say which of two such values is the later one. */
export function cursorKind(
  column: { readonly type: string; readonly baseOid: number },
  named: NamedColumn,
): CursorKind {
  const kind = CURSOR_KINDS.get(column.baseOid);
  if (kind !== undefined) return kind;
  throw new SourceError(
    "column-needed",
    `${formatTableName(named.table)} can't be polled by "${named.name}" (${column.type}): ${named.option} has to be a timestamp, a date or an integer.`,
  );
}
