import type { TableName } from "@freshet/process/table-name";
import { checkTable, type SeenTable } from "./table-check.js";
import { quoteTable, type Session } from "./session.js";

/**
 * Replica identities that name a row by its primary key: FULL, the primary key itself unless it is deferrable, and an
 * index over at least its columns.
 */
const IDENTIFIED = `CASE part.relreplident
  WHEN 'f' THEN true
  WHEN 'd' THEN EXISTS (SELECT FROM pg_index WHERE indrelid = part.oid AND indisprimary AND indimmediate)
  WHEN 'i' THEN EXISTS (
    SELECT FROM pg_index own JOIN pg_index identity ON identity.indrelid = own.indrelid AND identity.indisreplident
    WHERE own.indrelid = part.oid AND own.indisprimary
      AND identity.indkey::int2[] @> (own.indkey::int2[])[0:own.indnkeyatts - 1])
  ELSE false END`;

const TABLE = `SELECT c.relkind, c.relpersistence <> 'p',
  has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
  (SELECT json_agg(a.attname ORDER BY place.n)
     FROM pg_index i, unnest(i.indkey) WITH ORDINALITY place (attnum, n)
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = place.attnum
     WHERE i.indrelid = c.oid AND i.indisprimary AND place.n <= i.indnkeyatts),
  EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = c.oid AND i.indisprimary AND a.attgenerated <> ''),
  (SELECT json_agg(part.oid::regclass)
     FROM pg_class part
     WHERE (part.oid = c.oid OR part.oid IN (SELECT relid FROM pg_partition_tree(c.oid)))
       AND part.relkind = 'r' AND NOT ${IDENTIFIED})
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`;

/** Generated columns are not in the WAL's rows as pgoutput publishes them. */
const COLUMNS = `SELECT a.attname, a.atttypid FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  ORDER BY a.attnum`;

/** Undefined when there is no such table. */
export async function readTable(session: Session, { schema, name }: TableName): Promise<SeenTable | undefined> {
  const [row] = await session.rows(TABLE, [schema, name]);
  if (row === undefined) return undefined;
  const [kind, unlogged, readable, keyColumns, generatedKey, unidentified] = row;
  return {
    schema,
    name,
    kind: kind ?? "",
    unlogged: unlogged === "t",
    readable: readable === "t",
    keyColumns: names(keyColumns),
    generatedKey: generatedKey === "t",
    unidentified: names(unidentified),
  };
}

/** @throws {FatalError} when one of them can't be captured. */
export async function checkTables(session: Session, tables: readonly TableName[]): Promise<void> {
  for (const table of tables) {
    const check = { table, quoted: quoteTable(table), user: session.client.user ?? "" };
    checkTable(check, await readTable(session, table));
  }
}

export interface TableColumn {
  readonly name: string;
  readonly typeOid: number;
}

/** The columns that are captured, in order, as they are now. */
export async function readColumns(session: Session, { schema, name }: TableName): Promise<TableColumn[]> {
  const rows = await session.rows(COLUMNS, [schema, name]);
  return rows.map(([column, typeOid]) => ({ name: column ?? "", typeOid: Number(typeOid) }));
}

const KEY_OPERATORS = `SELECT a.attname, format('OPERATOR(%I.%s)', equals_schema.nspname, equals.oprname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
CROSS JOIN unnest(i.indkey, i.indclass) key (attnum, opclass)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = key.attnum
JOIN pg_opclass opclass ON opclass.oid = key.opclass
JOIN pg_amop member ON member.amopfamily = opclass.opcfamily AND member.amopstrategy = 3
  AND member.amoplefttype = opclass.opcintype AND member.amoprighttype = opclass.opcintype
JOIN pg_operator equals ON equals.oid = member.amopopr
JOIN pg_namespace equals_schema ON equals_schema.oid = equals.oprnamespace
WHERE n.nspname = $1 AND c.relname = $2`;

/**
 * How the primary key's index compares each of its columns: a type of an extension has its own operator, which isn't in
 * our search path, and another one would not use the index.
 */
export async function readKeyOperators(
  session: Session,
  { schema, name }: TableName,
): Promise<ReadonlyMap<string, string>> {
  const rows = await session.rows(KEY_OPERATORS, [schema, name]);
  return new Map(rows.map(([column, operator]) => [column ?? "", operator ?? "="]));
}

/** The type under each domain, which may be a domain again. */
export async function readDomains(session: Session): Promise<ReadonlyMap<number, number>> {
  const rows = await session.rows("SELECT oid, typbasetype FROM pg_type WHERE typtype = 'd'");
  return new Map(rows.map(([oid, base]) => [Number(oid), Number(base)]));
}

function names(json: string | null | undefined): string[] {
  return json === null || json === undefined ? [] : (JSON.parse(json) as string[]);
}
