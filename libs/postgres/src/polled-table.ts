import type { SourceTable } from "@freshet/process/source-configuration";
import { formatTableName, type TableName } from "@freshet/process/table-name";
import { SourceError } from "./errors.js";
import type { SeenTable } from "./seen-table.js";
import { quoteIdentifier, quoteSource, quoteTable, type Session } from "./session.js";
import { readTable } from "./table-catalogue.js";

/** The table less what only the WAL needs of it: polling asks for no replica identity, and reads unlogged tables too. */
export function withoutWal(seen: SeenTable | undefined): SeenTable | undefined {
  if (seen === undefined) return undefined;
  const parts = seen.keyColumns.length === 0 ? [{ name: seen.name, identity: "full" as const }] : [];
  return { ...seen, unlogged: false, parts };
}

export interface NamedColumn {
  readonly option: "updatedAt" | "deletedAt" | "sequence" | "key";
  readonly table: TableName;
  readonly name: string;
}

/** @throws {SourceError} when there is no such column. */
export function findColumn<T>(columns: ReadonlyMap<string, T>, { option, table, name }: NamedColumn): T {
  const column = columns.get(name);
  if (column !== undefined) return column;
  const text = `${formatTableName(table)} has no column "${name}", which polling needs (${option}): it has ${[...columns.keys()].join(", ")}.`;
  throw new SourceError("column-unknown", text);
}

/** The table with a row for each change. @throws {SourceError} when it isn't there, or may not be read. */
export async function readChangeTable(session: Session, changes: TableName): Promise<SeenTable> {
  const label = formatTableName(changes);
  const seen = await readTable(session, changes);
  if (seen === undefined) {
    const text = `There is no table ${label} (names are case-sensitive), which polling needs (changes): create it, or correct source.tables.`;
    throw new SourceError("table-missing", text);
  }
  if (seen.readable) return seen;
  const user = session.client.user ?? "";
  const sql = `GRANT SELECT ON ${quoteTable(changes)} TO ${quoteIdentifier(user)}`;
  const text = `Role "${user}" may not read ${label}: let its owner run ${sql} (and GRANT USAGE ON its schema).`;
  throw new SourceError("table-unreadable", text, { sql });
}

/** Asks Postgres, without reading a row or writing anything. @throws {SourceError} when it doesn't take the filter. */
export async function tryPolledFilter(session: Session, table: SourceTable, { kind }: SeenTable): Promise<void> {
  const { schema, name, where } = table;
  if (where === undefined) return;
  try {
    const source = quoteSource({ schema, name, partitioned: kind === "p" });
    // In the extended protocol it is one statement, whatever the filter says.
    await session.rows(`SELECT FROM ${source} WHERE (\n${where}\n) IS TRUE LIMIT 0`, []);
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    if (code === undefined || code === LOCK_NOT_AVAILABLE) throw error;
    throw new SourceError(
      "filter-refused",
      `Postgres doesn't take the filter of ${formatTableName(table)}, where: ${where} (${message}): correct it in source.tables.`,
      { cause: error },
    );
  }
}

const LOCK_NOT_AVAILABLE = "55P03";
