import type { TableName } from "@freshet/process/table-name";
import { FatalError } from "@freshet/streaming/errors";
import { checkPublished, planPublication, type SeenPublication } from "./publication-plan.js";
import { quoteIdentifier, quoteTable, type Session } from "./session.js";

/** Through jsonb, because not every server version has every column. */
const PUBLICATION = `SELECT p.puballtables, p.pubviaroot,
  p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate,
  coalesce(to_jsonb(p) ->> 'pubgencols', 'n') NOT IN ('n', 'false')
FROM pg_publication p WHERE p.pubname = $1`;

const NAMED = `SELECT n.nspname, c.relname,
  to_jsonb(r) ->> 'prqual' IS NOT NULL OR to_jsonb(r) ->> 'prattrs' IS NOT NULL
FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE p.pubname = $1`;

const PUBLISHED = "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = $1";

/** Null when there is no such publication. */
async function readPublication(session: Session, publication: string): Promise<SeenPublication | null> {
  const [row] = await session.rows(PUBLICATION, [publication]);
  if (row === undefined) return null;
  const [allTables, viaPartitionRoot, allOperations, generatedColumns] = row;
  const named = await session.rows(NAMED, [publication]);
  const published = await session.rows(PUBLISHED, [publication]);
  return {
    allTables: allTables === "t",
    viaPartitionRoot: viaPartitionRoot === "t",
    allOperations: allOperations === "t",
    generatedColumns: generatedColumns === "t",
    named: named.map((row) => ({ ...toTable(row), filtered: row[2] === "t" })),
    published: published.map(toTable),
  };
}

const INSUFFICIENT_PRIVILEGE = "42501";

export interface WantedPublication {
  readonly publication: string;
  readonly tables: readonly TableName[];
}

/**
 * Makes the publication what the configuration says.
 *
 * @param beforeChange gets the tables that may have changed unseen, while they aren't published yet.
 * @throws {FatalError} with the SQL for the owner, when we may not run it.
 */
export async function preparePublication(
  session: Session,
  { publication, tables }: WantedPublication,
  beforeChange: (unseen: readonly TableName[]) => Promise<void>,
): Promise<void> {
  const seen = await readPublication(session, publication);
  // Without those that inherit from it. Partitions belong to their table all the same.
  const quote = { identifier: quoteIdentifier, table: (table: TableName) => `ONLY ${quoteTable(table)}` };
  const { statements, unseen } = planPublication(publication, seen, tables, quote);
  await beforeChange(unseen);
  try {
    for (const statement of statements) await session.rows(statement);
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    if (code !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new FatalError(
      `Role "${session.client.user ?? ""}" may not set up the publication (${message}): let the tables' owner run ` +
        `${statements.join("; ")}; and start again.`,
      { cause: error },
    );
  }
  checkPublished(publication, tables, statements.length > 0 ? await readPublication(session, publication) : seen);
}

function toTable([schema, name]: readonly (string | null)[]): TableName {
  return { schema: schema ?? "", name: name ?? "" };
}
