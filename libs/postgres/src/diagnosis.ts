import type { SourceTable } from "@freshet/process/source-configuration";
import { findProblems, type CheckedTable } from "./checked-tables.js";
import { explainSourceError } from "./errors.js";
import { failed, fine, warning, type Finding } from "./finding.js";
import { readPublicationPlan, transaction } from "./publication-catalogue.js";
import { readRowFilter } from "./row-filter.js";
import { findServerProblems } from "./server-catalogue.js";
import { findSettings, findSlot } from "./server-findings.js";
import { Session, type PostgresAddress } from "./session.js";

export interface DiagnosedSource {
  readonly publication: string;
  readonly slot: string;
  readonly tables: readonly SourceTable[];
}

/**
 * Everything that capturing a source needs, looked at one by one, not up to the first that is missing. It changes
 * nothing in the database.
 */
export async function diagnose(address: PostgresAddress, source: DiagnosedSource): Promise<Finding[]> {
  let session: Session;
  try {
    session = await Session.open(address);
  } catch (error) {
    return [failed("connection", error as Error)];
  }
  try {
    return [
      fine("connection", `Role "${session.client.user ?? ""}" may connect to ${session.address}.`),
      ...(await findServer(session)),
      await findReplication(address),
      await findSlot(session, source.slot),
      ...(await findTables(session, source)),
      ...(await findSettings(session)),
    ];
  } finally {
    await session.close();
  }
}

async function findServer(session: Session): Promise<Finding[]> {
  const problems = await findServerProblems(session);
  if (problems.length > 0) return problems.map((problem) => failed("server", problem));
  const [version] = await session.row("SHOW server_version");
  return [fine("server", `Postgres ${version ?? ""}, a primary with wal_level = logical.`)];
}

/** Only a connection tells: managed servers have other ways to let a role replicate. */
async function findReplication(address: PostgresAddress): Promise<Finding> {
  try {
    const session = await Session.open(address, { replication: true });
    await session.close();
    return fine("replication", "The role may read the WAL, and a WAL sender is free.");
  } catch (error) {
    return failed("replication", error as Error);
  }
}

async function findTables(session: Session, { publication, tables }: DiagnosedSource): Promise<Finding[]> {
  const findings: Finding[] = [];
  const checked: CheckedTable[] = [];
  for (const table of tables) {
    const check = `table ${table.schema}.${table.name}`;
    const found = await findTable(session, table);
    if (found instanceof Error) findings.push(failed(check, found));
    else {
      checked.push(found);
      const problems = await findProblems(session, found);
      findings.push(
        ...problems.map((problem) => failed(check, problem)),
        ...(problems.length === 0 ? [fine(check, "It can be captured.")] : []),
      );
    }
  }
  return [...findings, await findPublication(session, publication, checked)];
}

async function findTable(session: Session, table: SourceTable): Promise<CheckedTable | Error> {
  try {
    return { table, filter: await readRowFilter(session, table) };
  } catch (error) {
    return explainSourceError(error);
  }
}

async function findPublication(session: Session, name: string, tables: readonly CheckedTable[]): Promise<Finding> {
  const check = `publication ${name}`;
  try {
    const { statements, differences } = await readPublicationPlan(session, name, tables);
    if (statements.length === 0) return fine(check, "It publishes the tables as configured.");
    const says =
      `It isn't as configured (${differences.join("; ")}): the cdc-producer changes that at its start if its role may, ` +
      `else let the tables' owner run the SQL once the tables are as they should be.`;
    return warning(check, says, transaction(statements));
  } catch (error) {
    return failed(check, explainSourceError(error));
  }
}
