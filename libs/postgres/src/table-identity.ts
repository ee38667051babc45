import { createHash } from "node:crypto";
import type { SourceTable } from "@freshet/process/source-configuration";
import { formatTableName } from "@freshet/process/table-name";
import { capturedColumns } from "./captured-columns.js";
import { encodeIdentity } from "./identity-text.js";
import type { Session } from "./session.js";

/**
 * A new version of pg_publication's row (xmin) tells that what it publishes was changed: an operation that was switched
 * off and on again has left no other trace. After OWNER TO, which looks the same, the tables are read once too often.
 * pg_publication_rel's row is another one after a table was dropped from it and added.
 *
 * pg_attribute's row of a column has a new version after ALTER COLUMN … TYPE … USING, which changes values without
 * events, also where the type stays the same.
 *
 * TRUNCATE of a partition isn't published under its table's name; it gives the partition another relfilenode, as do
 * VACUUM FULL, CLUSTER and rewrites, after which the table is read once too often. A partition that was created as one
 * was empty, so all of its rows came as events; one that was attached may have brought rows along. That updates its
 * columns (attinhcount), while CREATE TABLE … PARTITION OF inserts them with the system columns, by one command.
 */
const IDENTITIES = `SELECT wanted.label, c.oid, p.oid, p.xmin,
  coalesce('table ' || r.oid, 'schema ' || s.oid, CASE WHEN p.puballtables THEN 'all' END),
  (SELECT json_agg(a.attname ORDER BY place.n)
   FROM pg_index i, unnest(i.indkey) WITH ORDINALITY place (attnum, n)
   JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = place.attnum
   WHERE i.indrelid = c.oid AND place.n <= i.indnkeyatts AND CASE
     WHEN EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary) THEN i.indisprimary
     ELSE i.indisreplident AND c.relreplident = 'i' END),
  (SELECT json_agg(json_build_object('name', a.attname, 'version', a.attnum || ':' || a.xmin) ORDER BY a.attnum)
   FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  (SELECT json_agg(json_build_object('place', part.oid || ':' || part.relfilenode || ':' || link.xmin,
     'attached', NOT EXISTS (SELECT FROM pg_attribute a, pg_attribute made
       WHERE a.attrelid = part.oid AND a.attnum > 0 AND made.attrelid = part.oid AND made.attnum = -6
         AND a.xmin = made.xmin AND a.cmin::text = made.cmin::text)) ORDER BY part.oid)
   FROM pg_partition_tree(CASE WHEN c.relkind = 'p' THEN c.oid END) node JOIN pg_class part ON part.oid = node.relid
   JOIN pg_inherits link ON link.inhrelid = part.oid
   WHERE node.level > 0)
FROM json_to_recordset($1) wanted (label text, schema text, name text)
JOIN pg_namespace n ON n.nspname = wanted.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
JOIN pg_publication p ON p.pubname = $2
LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid
LEFT JOIN pg_publication_namespace s ON s.pnpubid = p.oid AND s.pnnspid = n.oid`;

export interface IdentifiedTables {
  readonly publication: string;
  /** Of the messages: one topic has them in one format only. */
  readonly format: string;
  readonly tables: readonly SourceTable[];
}

/**
 * By `schema.table`, quoted where needed, a text that tells whether the table, its key, its place in the publication, or what is captured of
 * it is still what it was, see `isSameIdentity`. A table that is missing, or isn't published, has none. All are read at
 * once.
 */
export async function readTableIdentities(
  session: Session,
  { publication, format, tables }: IdentifiedTables,
): Promise<ReadonlyMap<string, string>> {
  const byLabel = new Map(tables.map((table) => [formatTableName(table), table]));
  const wanted = [...byLabel].map(([label, { schema, name }]) => ({ label, schema, name }));
  const rows = await session.rows(IDENTITIES, [JSON.stringify(wanted), publication]);
  const identities = new Map<string, string>();
  for (const [label, oid, publicationOid, version, member, key, attributes, partitions] of rows) {
    const table = byLabel.get(label ?? "");
    if (member === null || table === undefined) continue;
    const { columns, where, topic } = table;
    const catalogue = { table: oid, publication: `${publicationOid ?? ""}/${version ?? ""}`, member };
    const captured = { key: key ?? table.key, columns, where, topic, format };
    const identity = encodeIdentity({
      what: JSON.stringify({ ...catalogue, ...captured }),
      columns: readVersions(table, attributes),
      partitions: readPartitions(partitions),
    });
    identities.set(label ?? "", identity);
  }
  return identities;
}

function readVersions(table: SourceTable, attributes: string | null | undefined): string[] {
  const all = JSON.parse(attributes ?? "[]") as { readonly name: string; readonly version: string }[];
  // A filter may look at columns that are left out.
  const relevant = table.where === undefined ? capturedColumns(table, all) : all;
  return relevant.map(({ version }) => version);
}

/** Short: there may be thousands, and they are stored. */
function readPartitions(partitions: string | null | undefined) {
  const all = JSON.parse(partitions ?? "[]") as { readonly place: string; readonly attached: boolean }[];
  return all.map(({ place, attached }) => ({
    place: createHash("sha256").update(place).digest("base64url").slice(0, 8),
    attached,
  }));
}
