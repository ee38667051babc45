import { formatTableName } from "@freshet/process/table-name";
import { checkColumns } from "./column-check.js";
import { SourceError } from "./errors.js";
import { checkKey } from "./key-check.js";
import { quoteIdentifier } from "./session.js";
import type { SeenPart, SeenTable, TableCheck } from "./seen-table.js";

/**
 * Whether a table can be captured as configured, and without breaking the writes to it: an UPDATE or DELETE fails once
 * its table is published without a replica identity, with a list of columns that doesn't cover it, or with a filter on
 * another column.
 *
 * @returns what stands against it, each a sentence with what to do.
 */
export function findTableProblems(check: TableCheck, seen: SeenTable | undefined): SourceError[] {
  const label = formatTableName(check.table);
  const unfit = checkKind(check, label, seen);
  if (seen === undefined || unfit !== null) return unfit === null ? [] : [unfit];
  const problems = [
    ...checkKey(check, label, seen),
    ...checkColumns(check, label, seen),
    checkPrivileges(check, label, seen),
  ];
  return problems.filter((problem) => problem !== null);
}

function checkKind({ quoted }: TableCheck, label: string, seen: SeenTable | undefined): SourceError | null {
  const orLeaveOut = "or take it out of source.tables in freshet.yaml";
  if (seen === undefined) {
    const text = `There is no table ${label} (names are case-sensitive): create it, ${orLeaveOut}.`;
    return new SourceError("table-missing", text);
  }
  if (seen.kind !== "r" && seen.kind !== "p") {
    const text = `${label} is not a table (a view?), so it has no changes to read: ${orLeaveOut.slice(3)}.`;
    return new SourceError("table-kind", text);
  }
  const unread = seen.parts.find((part) => part.unread !== undefined);
  if (!seen.unlogged) return unread === undefined ? null : checkPart(unread, label);
  const sql = `ALTER TABLE ${quoted} SET LOGGED`;
  return new SourceError(
    "table-unlogged",
    `Table ${label} is unlogged or temporary, so the WAL has no changes of it: run ${sql}, ${orLeaveOut}.`,
    { sql },
  );
}

function checkPart({ name, unread }: SeenPart, label: string): SourceError {
  const orDetach = `or detach it, or take ${label} out of source.tables in freshet.yaml`;
  if (unread === "foreign") {
    return new SourceError(
      "table-kind",
      `Partition ${name} of ${label} is a foreign table, so the WAL has no changes of it: ${orDetach.slice(3)}.`,
    );
  }
  const sql = `ALTER TABLE ${name} SET LOGGED`;
  return new SourceError(
    "table-unlogged",
    `Partition ${name} of ${label} is unlogged, so the WAL has no changes of it: run ${sql}, ${orDetach}.`,
    { sql },
  );
}

function checkPrivileges({ quoted, user }: TableCheck, label: string, seen: SeenTable): SourceError | null {
  const role = quoteIdentifier(user);
  if (!seen.readable) {
    const sql = `GRANT SELECT ON ${quoted} TO ${role}`;
    const text = `Role "${user}" may not read ${label}: let its owner run ${sql} (and GRANT USAGE ON its schema).`;
    return new SourceError("table-unreadable", text, { sql });
  }
  if (!seen.rowSecurity) return null;
  const sql = `ALTER ROLE ${role} BYPASSRLS`;
  return new SourceError(
    "row-security",
    `Row level security would hide rows of ${label} from role "${user}": let a superuser run ${sql}.`,
    { sql },
  );
}
