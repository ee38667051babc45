import type { Session } from "@freshet/postgres/session";
import type { TableName } from "@freshet/process/table-name";

/** Of a table that was never analysed, -1; an empty one that was, 0. */
const ESTIMATE = `SELECT CASE WHEN min(part.reltuples) >= 0 THEN sum(part.reltuples)::bigint END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class part ON (part.oid = c.oid OR part.oid IN (SELECT relid FROM pg_partition_tree(c.oid))) AND part.relkind = 'r'
WHERE n.nspname = $1 AND c.relname = $2`;

/** The planner's; null when the table, or a partition of it, was never analysed. */
export async function readEstimatedRows(session: Session, { schema, name }: TableName): Promise<number | null> {
  const [estimate] = await session.row(ESTIMATE, [schema, name]);
  return estimate == null ? null : Number(estimate);
}
