import { checkColumns } from "./column-check.js";
import { SourceError } from "./errors.js";
import { checkKey } from "./key-check.js";
import type { SeenTable, TableCheck } from "./seen-table.js";

/**
 * Whether a table can be captured as configured, and without breaking the writes to it: an UPDATE or DELETE fails once
 * its table is published without a replica identity, with a list of columns that doesn't cover it, or with a filter on
 * another column.
 *
 * @returns what stands against it, each a sentence with what to do.
 */
export function findTableProblems(check: TableCheck, seen: SeenTable | undefined): SourceError[] {
  const label = `${check.table.schema}.${check.table.name}`;
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
  if (!seen.unlogged) return null;
  const sql = `ALTER TABLE ${quoted} SET LOGGED`;
  return new SourceError(
    "table-unlogged",
    `Table ${label} is unlogged or temporary, so the WAL has no changes of it: run ${sql}, ${orLeaveOut}.`,
    { sql },
  );
}

function checkPrivileges({ quoted, user }: TableCheck, label: string, seen: SeenTable): SourceError | null {
  const role = `"${user.replaceAll('"', '""')}"`;
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
