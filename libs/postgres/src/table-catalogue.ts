import type { SourceTable } from "@freshet/process/source-configuration";
import { capturedColumns } from "./captured-columns.js";
import type { SeenColumn, SeenTable } from "./seen-table.js";
import type { Session } from "./session.js";

/** The names of an index's key columns, in its order. */
const indexColumns = (index: string) => `(SELECT json_agg(a.attname ORDER BY place.n)
  FROM unnest(${index}.indkey) WITH ORDINALITY place (attnum, n)
  JOIN pg_attribute a ON a.attrelid = ${index}.indrelid AND a.attnum = place.attnum
  WHERE place.n <= ${index}.indnkeyatts)`;

/** What the WAL has of an old row: https://www.postgresql.org/docs/current/sql-altertable.html, REPLICA IDENTITY. */
const IDENTITY = `CASE part.relreplident
  WHEN 'f' THEN '"full"'::json
  WHEN 'd' THEN (SELECT ${indexColumns("i")} FROM pg_index i WHERE i.indrelid = part.oid AND i.indisprimary AND i.indimmediate)
  WHEN 'i' THEN (SELECT ${indexColumns("i")} FROM pg_index i WHERE i.indrelid = part.oid AND i.indisreplident)
  END`;

const TABLE = `SELECT c.oid, c.relkind, c.relpersistence <> 'p', has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'), row_security_active(c.oid),
  (SELECT ${indexColumns("i")} FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary),
  (SELECT ${indexColumns("i")} FROM pg_index i WHERE i.indrelid = c.oid AND i.indisreplident AND c.relreplident = 'i'),
  (SELECT json_agg(json_build_object('name', a.attname, 'typeOid', a.atttypid::bigint, 'typeModifier', a.atttypmod, 'notNull', a.attnotnull,
      'generated', a.attgenerated <> '') ORDER BY a.attnum)
     FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  (SELECT json_agg(json_strip_nulls(json_build_object('name', part.oid::regclass, 'identity', coalesce(${IDENTITY}, '"none"'),
      'unread', CASE WHEN part.relkind = 'f' THEN 'foreign' WHEN part.relpersistence <> 'p' THEN 'unlogged' END)))
     FROM pg_class part
     WHERE (part.oid = c.oid OR part.oid IN (SELECT relid FROM pg_partition_tree(c.oid))) AND part.relkind IN ('r', 'f'))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`;

/** Undefined when there is no such table. */
export async function readTable(session: Session, { schema, name, key }: SourceTable): Promise<SeenTable | undefined> {
  const [row] = await session.rows(TABLE, [schema, name]);
  if (row === undefined) return undefined;
  const [oid, kind, unlogged, readable, rowSecurity, primary, identityKey, columns, parts] = row;
  const primaryKey = list(primary) as readonly string[];
  return {
    ...{ schema, name, oid: oid ?? "", kind: kind ?? "" },
    ...{ unlogged: unlogged === "t", readable: readable === "t", rowSecurity: rowSecurity === "t" },
    columns: list(columns) as readonly SeenColumn[],
    primaryKey,
    keyColumns: primaryKey.length > 0 ? primaryKey : (key ?? (list(identityKey) as readonly string[])),
    parts: list(parts) as SeenTable["parts"],
  };
}

export interface TableColumn {
  readonly name: string;
  readonly typeOid: number;
  /** See SeenColumn. */
  readonly typeModifier: number;
}

/** The columns that are captured, in order, as they are now. */
export async function readColumns(session: Session, table: SourceTable): Promise<readonly TableColumn[]> {
  const columns = (await readTable(session, table))?.columns ?? [];
  // Generated ones are not in the WAL's rows as pgoutput publishes them.
  return capturedColumns(
    table,
    columns.filter(({ generated }) => !generated),
  );
}

function list(json: string | null | undefined): readonly unknown[] {
  return json === null || json === undefined ? [] : (JSON.parse(json) as unknown[]);
}
