import type { SourceTable } from "@freshet/process/source-configuration";
import type { Session } from "./session.js";

/**
 * What tells that a table's changes came without a gap, read at once for all tables: pg_publication's row is another one
 * (xmin) after each change of what it publishes, pg_publication_rel's after a table was dropped from it and added.
 */
const IDENTITIES = `SELECT wanted.label, c.oid, p.oid, p.xmin,
  coalesce('table ' || r.oid, 'schema ' || s.oid, CASE WHEN p.puballtables THEN 'all' END),
  (SELECT json_agg(a.attname ORDER BY place.n)
   FROM pg_index i, unnest(i.indkey) WITH ORDINALITY place (attnum, n)
   JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = place.attnum
   WHERE i.indrelid = c.oid AND place.n <= i.indnkeyatts AND CASE
     WHEN EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary) THEN i.indisprimary
     ELSE i.indisreplident AND c.relreplident = 'i' END)
FROM json_to_recordset($1) wanted (label text, schema text, name text)
JOIN pg_namespace n ON n.nspname = wanted.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
JOIN pg_publication p ON p.pubname = $2
LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid
LEFT JOIN pg_publication_namespace s ON s.pnpubid = p.oid AND s.pnnspid = n.oid`;

export interface IdentifiedTables {
  readonly publication: string;
  readonly tables: readonly SourceTable[];
}

/**
 * By `schema.table`, a text that is another one as soon as the table, its key, its place in the publication, or what is
 * captured of it is: rows that were captured before then don't count any more. A table that is missing, or isn't
 * published, has none.
 */
export async function readTableIdentities(
  session: Session,
  { publication, tables }: IdentifiedTables,
): Promise<ReadonlyMap<string, string>> {
  const byLabel = new Map(tables.map((table) => [`${table.schema}.${table.name}`, table]));
  const wanted = [...byLabel].map(([label, { schema, name }]) => ({ label, schema, name }));
  const rows = await session.rows(IDENTITIES, [JSON.stringify(wanted), publication]);
  const identities = new Map<string, string>();
  for (const [label, table, publicationOid, version, member, key] of rows) {
    if (member === null) continue;
    const { columns, where, topic, key: configuredKey } = byLabel.get(label ?? "") ?? {};
    const catalogue = { table, publication: `${publicationOid ?? ""}/${version ?? ""}`, member };
    const captured = { key: key ?? configuredKey, columns, where, topic };
    identities.set(label ?? "", JSON.stringify({ ...catalogue, ...captured }));
  }
  return identities;
}
