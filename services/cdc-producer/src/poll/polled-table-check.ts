import type { SourceTable } from "@freshet/process/source-configuration";
import { SourceError } from "@freshet/postgres/errors";
import type { SeenTable } from "@freshet/postgres/seen-table";
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

/** The table less what only the WAL needs of it: polling asks for no replica identity, and reads unlogged tables too. */
export function withoutWal(seen: SeenTable | undefined): SeenTable | undefined {
  if (seen === undefined) return undefined;
  const parts = seen.keyColumns.length === 0 ? [{ name: seen.name, identity: "full" as const }] : [];
  return { ...seen, unlogged: false, parts };
}

/** @throws {SourceError} when the configuration doesn't say how the table is polled. */
export function pollOptions({ schema, name, poll }: SourceTable): NonNullable<SourceTable["poll"]> {
  if (poll !== undefined) return poll;
  throw new SourceError(
    "column-needed",
    `source.mode is poll, but nothing says how ${schema}.${name} shows its changes: give it poll: {updatedAt: …}, or ` +
      `poll: {changes: …, sequence: …}, in source.tables.`,
  );
}

export interface NamedColumn {
  readonly option: "updatedAt" | "deletedAt" | "sequence" | "key";
  /** `schema.table`. */
  readonly label: string;
  readonly name: string;
}

/** @throws {SourceError} when there is no such column. */
export function findColumn<T>(columns: ReadonlyMap<string, T>, { option, label, name }: NamedColumn): T {
  const column = columns.get(name);
  if (column !== undefined) return column;
  const text = `${label} has no column "${name}", which polling needs (${option}): it has ${[...columns.keys()].join(", ")}.`;
  throw new SourceError("column-unknown", text);
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
    `${named.label} can't be polled by "${named.name}" (${column.type}): ${named.option} has to be a timestamp, a date or an integer.`,
  );
}
