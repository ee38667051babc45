import type { SourceTable } from "@freshet/process/source-configuration";
import type { SourceError } from "./errors.js";
import { readRowFilter, type RowFilter } from "./row-filter.js";
import { quoteTable, type Session } from "./session.js";
import { readTable } from "./table-catalogue.js";
import { findTableProblems } from "./table-check.js";

/** A configured table that can be captured without breaking the writes to it. */
export interface CheckedTable {
  readonly table: SourceTable;
  readonly filter: RowFilter | null;
}

/** @throws {SourceError} when one of them can't be captured. */
export async function checkTables(session: Session, tables: readonly SourceTable[]): Promise<CheckedTable[]> {
  const checked: CheckedTable[] = [];
  for (const table of tables) checked.push({ table, filter: await readRowFilter(session, table) });
  await checkAgain(session, checked);
  return checked;
}

/** Whether they are still as they were found. @throws {SourceError} when one of them can't be captured. */
export async function checkAgain(session: Session, tables: readonly CheckedTable[]): Promise<void> {
  for (const checked of tables) {
    const [problem] = await findProblems(session, checked);
    if (problem !== undefined) throw problem;
  }
}

/** What stands against capturing it, each a sentence with what to do. */
export async function findProblems(session: Session, { table, filter }: CheckedTable): Promise<SourceError[]> {
  const check = {
    ...{ table, quoted: quoteTable(table), user: session.client.user ?? "" },
    filterColumns: filter?.columns ?? [],
  };
  return findTableProblems(check, await readTable(session, table));
}
