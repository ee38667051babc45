import type { SourceTable } from "@freshet/process/source-configuration";
import { formatTableName } from "@freshet/process/table-name";
import { findProblems, type CheckedTable } from "./checked-tables.js";
import { findConnected } from "./connected.js";
import { explainSourceError, SourceError } from "./errors.js";
import { failed, fine, warning, type Finding } from "./finding.js";
import { readPublicationPlan, transaction } from "./publication-catalogue.js";
import { whoMay } from "./publication-plan.js";
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
export function diagnose(address: PostgresAddress, source: DiagnosedSource): Promise<Finding[]> {
  return findConnected(address, async (session) => [
    ...(await findServer(session)),
    await findReplication(address),
    await findSlot(session, source.slot),
    ...(await findTables(session, source)),
    ...(await findSettings(session)),
  ]);
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
    const check = `table ${formatTableName(table)}`;
    const found = await findTable(session, table);
    const problems = found instanceof Error ? [found] : await findProblems(session, found);
    const twin = tables.find((other) => other !== table && isShared(other, table));
    if (twin !== undefined) problems.push(sharedTopic(table, twin));
    findings.push(...problems.map((problem) => failed(check, problem)));
    if (found instanceof Error || problems.length > 0) continue;
    findings.push(fine(check, "It can be captured."));
    checked.push(found);
  }
  // What would be printed for some of the tables could be run, and would publish no more than those.
  if (checked.length < tables.length) return findings;
  return [...findings, ...(await findPublication(session, publication, checked))];
}

function isShared(one: SourceTable, other: SourceTable): boolean {
  const isSame = one.schema === other.schema && one.name === other.name;
  return isSame || (one.topic !== undefined && one.topic === other.topic);
}

function sharedTopic(table: SourceTable, twin: SourceTable): SourceError {
  const text =
    `Table ${formatTableName(table)} would share its topic with ${formatTableName(twin)}: name another topic for one of ` +
    `them in source.tables, or take it out.`;
  return new SourceError("topic-shared", text);
}

async function findTable(session: Session, table: SourceTable): Promise<CheckedTable | Error> {
  try {
    return { table, filter: await readRowFilter(session, table) };
  } catch (error) {
    return explainSourceError(error);
  }
}

async function findPublication(session: Session, name: string, tables: readonly CheckedTable[]): Promise<Finding[]> {
  const check = `publication ${name}`;
  try {
    const plan = await readPublicationPlan(session, name, tables);
    const { statements, differences, others, withoutOthers } = plan;
    const surplus = `It publishes ${others.join(", ")} too, which costs the server work, and whose changes are left out: take that out if nobody else reads it.`;
    const shared = others.length === 0 ? [] : [warning(check, surplus, withoutOthers ?? undefined)];
    if (statements.length === 0) return [fine(check, "It publishes the tables as configured."), ...shared];
    const says =
      `It isn't as configured (${differences.join("; ")}): the cdc-producer changes that at its start if its role may, ` +
      `else let ${whoMay(plan)} run the SQL.`;
    return [warning(check, says, transaction(statements)), ...shared];
  } catch (error) {
    return [failed(check, explainSourceError(error))];
  }
}
