import type { SourceTable } from "@freshet/process/source-configuration";
import { formatTableName } from "@freshet/process/table-name";
import { findConnected } from "./connected.js";
import { explainSourceError } from "./errors.js";
import { failed, fine, type Finding } from "./finding.js";
import { findColumn, readChangeTable, tryPolledFilter, withoutWal } from "./polled-table.js";
import type { SeenTable } from "./seen-table.js";
import { quoteTable, type PostgresAddress, type Session } from "./session.js";
import { readTable } from "./table-catalogue.js";
import { findTableProblems } from "./table-check.js";

/** What polling needs of a server, which is not what reading its WAL needs. It changes nothing in the database. */
export function diagnosePolled(address: PostgresAddress, tables: readonly SourceTable[]): Promise<Finding[]> {
  return findConnected(address, async (session) => {
    await session.rows("SET default_transaction_read_only = on");
    const [version, standby] = await session.row("SELECT current_setting('server_version'), pg_is_in_recovery()");
    const findings = [fine("server", `Postgres ${version ?? ""}, a ${standby === "t" ? "standby" : "primary"}.`)];
    for (const table of tables) findings.push(...(await findTable(session, table)));
    return findings;
  });
}

async function findTable(session: Session, table: SourceTable): Promise<Finding[]> {
  const check = `table ${formatTableName(table)}`;
  try {
    const seen = withoutWal(await readTable(session, table));
    const user = session.client.user ?? "";
    const problems = findTableProblems({ table, quoted: quoteTable(table), user, filterColumns: [] }, seen);
    if (problems.length > 0 || seen === undefined) return problems.map((problem) => failed(check, problem));
    await checkPolling(session, table, seen);
    return [fine(check, "It can be polled.")];
  } catch (error) {
    return [failed(check, explainSourceError(error))];
  }
}

/** @throws {SourceError} when it doesn't show its changes as configured. */
async function checkPolling(session: Session, table: SourceTable, seen: SeenTable): Promise<void> {
  const { poll } = table;
  if (poll === undefined) return;
  await tryPolledFilter(session, table, seen);
  if ("changes" in poll) {
    const changes = columnsOf(await readChangeTable(session, poll.changes));
    findColumn(changes, { option: "sequence", table: poll.changes, name: poll.sequence });
    for (const name of seen.keyColumns) findColumn(changes, { option: "key", table: poll.changes, name });
    return;
  }
  const columns = columnsOf(seen);
  findColumn(columns, { option: "updatedAt", table, name: poll.updatedAt });
  if (poll.deletedAt !== undefined) findColumn(columns, { option: "deletedAt", table, name: poll.deletedAt });
}

function columnsOf({ columns }: SeenTable): ReadonlyMap<string, unknown> {
  return new Map(columns.map((column) => [column.name, column]));
}
