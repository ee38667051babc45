import type { SourceTable } from "@freshet/process/source-configuration";
import { formatTableName } from "@freshet/process/table-name";
import { SourceError } from "./errors.js";
import { quoteIdentifier, type Session } from "./session.js";

/** A condition on a table's rows, as Postgres understands it. */
export interface RowFilter {
  /** As the catalogue prints it, so that it can be compared with a publication's. */
  readonly text: string;
  readonly columns: readonly string[];
}

const DEFINITIONS = `SELECT string_agg(format('%I %s%s', a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attcollation <> t.typcollation THEN format(' COLLATE %I.%I', cn.nspname, co.collname) END), ', ' ORDER BY a.attnum)
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation co ON co.oid = a.attcollation LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped`;

/** The functions are named in the stored expression alone: on built-in ones no dependency is recorded. */
const CHECKS = `SELECT pg_get_expr(conbin, conrelid),
  (SELECT json_agg(a.attname) FROM pg_attribute a WHERE a.attrelid = conrelid AND a.attnum = ANY (conkey)),
  (SELECT string_agg(DISTINCT p.proname, ', ') FROM regexp_matches(conbin::text, ':(?:op)?funcid (\\d+)', 'g') used (oid)
    JOIN pg_proc p ON p.oid = used.oid[1]::oid WHERE p.provolatile = 'v')
FROM pg_constraint WHERE conrelid = 'pg_temp.freshet_filter'::regclass AND contype = 'c'`;

/** Of what Postgres itself would take. */
class Refusal extends Error {}

const INSUFFICIENT_PRIVILEGE = "42501";

/**
 * Has Postgres parse a table's filter, as the check of an empty temporary table with the same columns: so the table
 * itself isn't locked, and nothing is published before it is known which columns the filter needs.
 *
 * @returns null when the table has no filter, or isn't there.
 * @throws {SourceError} when Postgres doesn't take the filter, or a function in it may have an effect; the error's cause
 *   says why without the filter.
 */
export async function readRowFilter(session: Session, table: SourceTable): Promise<RowFilter | null> {
  const { schema, name, where } = table;
  if (where === undefined) return null;
  const [definitions] = await session.row(DEFINITIONS, [schema, name]);
  if (definitions === null || definitions === undefined) return null;
  await session.rows("BEGIN READ WRITE");
  try {
    await session.rows(`CREATE TEMP TABLE freshet_filter (${definitions})`);
    // One statement, whatever the filter says; on lines of its own, because it may end in a comment.
    await session.rows(`ALTER TABLE pg_temp.freshet_filter ADD CHECK (\n${where}\n)`, []);
    const [check, another] = await session.rows(CHECKS);
    if (check === undefined || another !== undefined) throw new Refusal("it isn't one condition");
    const [text, columns, volatile] = check;
    if (volatile != null) throw new Refusal(`a condition can't use a volatile function: ${volatile}`);
    return { text: text ?? "", columns: JSON.parse(columns ?? "[]") as string[] };
  } catch (error) {
    throw explain(error, { session, label: formatTableName(table), where });
  } finally {
    await session.rows("ROLLBACK");
  }
}

function explain(error: unknown, context: { session: Session; label: string; where: string }): Error {
  const { code, message } = error as { readonly code?: string; readonly message: string };
  if (code === undefined && !(error instanceof Refusal)) return error as Error;
  const { session, label, where } = context;
  if (code === INSUFFICIENT_PRIVILEGE) {
    const database = quoteIdentifier(session.client.database ?? "");
    const sql = `GRANT TEMPORARY ON DATABASE ${database} TO ${quoteIdentifier(session.client.user ?? "")}`;
    return new SourceError(
      "privilege-missing",
      `The filter of ${label} can't be checked (${message}): let the database's owner run ${sql}.`,
      { sql, cause: error },
    );
  }
  return new SourceError(
    "filter-refused",
    `Postgres doesn't take the filter of ${label}, where: ${where} (${message}): correct it in source.tables.`,
    { cause: error },
  );
}
