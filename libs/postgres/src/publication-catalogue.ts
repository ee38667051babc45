import { checkAgain, type CheckedTable } from "./checked-tables.js";
import { SourceError } from "./errors.js";
import {
  checkPublished,
  planPublication,
  whoMay,
  type PublicationPlan,
  type PublishedTable,
  type SeenMember,
  type SeenPublication,
} from "./publication-plan.js";
import type { Session } from "./session.js";

/** Through jsonb, because not every server version has every column. */
const PUBLICATION = `SELECT p.puballtables, p.pubviaroot,
  p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate,
  coalesce(to_jsonb(p) ->> 'pubgencols', 'n') NOT IN ('n', 'false'), pg_get_userbyid(p.pubowner)
FROM pg_publication p WHERE p.pubname = $1`;

const NAMED = `SELECT n.nspname, c.relname, pg_get_expr(r.prqual, r.prrelid),
  (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
   WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::int2[]))
FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE p.pubname = $1`;

const PUBLISHED = `SELECT p.schemaname, p.tablename, p.rowfilter,
  (SELECT json_agg(json_build_object('schema', rn.nspname, 'name', root.relname))
   FROM pg_partition_ancestors(c.oid) ancestor JOIN pg_class root ON root.oid = ancestor.relid AND root.oid <> c.oid
   JOIN pg_namespace rn ON rn.oid = root.relnamespace)
FROM pg_publication_tables p JOIN pg_namespace n ON n.nspname = p.schemaname
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename
WHERE p.pubname = $1`;

const READERS = "SELECT slot_name FROM pg_replication_slots WHERE slot_name IN (SELECT json_array_elements_text($1))";

/** Null when there is no such publication. @param slots that may read it too, as far as there are such. */
async function readPublication(
  session: Session,
  publication: string,
  slots: readonly string[] = [],
): Promise<SeenPublication | null> {
  const [row] = await session.rows(PUBLICATION, [publication]);
  if (row === undefined) return null;
  const [allTables, viaPartitionRoot, allOperations, generatedColumns, owner] = row;
  const named = await session.rows(NAMED, [publication]);
  const published = await session.rows(PUBLISHED, [publication]);
  return {
    owner: owner ?? "",
    readers:
      slots.length === 0 ? [] : (await session.rows(READERS, [JSON.stringify(slots)])).map(([slot]) => slot ?? ""),
    allTables: allTables === "t",
    viaPartitionRoot: viaPartitionRoot === "t",
    allOperations: allOperations === "t",
    generatedColumns: generatedColumns === "t",
    named: named.map((row) => ({
      ...toTable(row),
      columns: row[3] == null ? null : (JSON.parse(row[3]) as string[]),
    })),
    published: published.map((row) => ({
      ...toTable(row),
      partOf: JSON.parse(row[3] ?? "[]") as SeenMember["partOf"],
    })),
  };
}

export interface WantedPublication {
  readonly publication: string;
  /** Other sources' that were last read by this publication. */
  readonly otherSlots?: readonly string[];
  readonly tables: readonly CheckedTable[];
}

/**
 * Makes the publication what the configuration says. Nothing is published before it is known that writes to the tables
 * go on working, and it is looked at again before it is committed: meanwhile nobody can change a table's identity.
 *
 * @param onChange gets what isn't as configured and what is going to be run, when there is something.
 * @returns what was run, and which tables are published for others.
 * @throws {SourceError} when a table can't be captured so, or with the SQL for the owner, when we may not run it.
 */
export async function preparePublication(
  session: Session,
  { publication, otherSlots, tables }: WantedPublication,
  onChange: (plan: PublicationPlan) => void,
): Promise<PublicationPlan> {
  const wanted = tables.map(published);
  const seen = await readPublication(session, publication, otherSlots);
  const plan = planPublication(publication, seen, wanted);
  if (plan.statements.length === 0) {
    checkPublished(publication, wanted, seen);
    return plan;
  }
  onChange(plan);
  await session.rows("BEGIN READ WRITE");
  try {
    for (const statement of plan.statements) await run(session, statement, plan);
    await checkAgain(session, tables);
    checkPublished(publication, wanted, await readPublication(session, publication));
    await session.rows("COMMIT");
    return plan;
  } catch (error) {
    await session.rows("ROLLBACK");
    throw error;
  }
}

/** What the owner has to run so that the publication is as configured; none when it is. @throws as `preparePublication`. */
export async function readPublicationPlan(
  session: Session,
  publication: string,
  tables: readonly CheckedTable[],
): Promise<PublicationPlan> {
  const wanted = tables.map(published);
  const seen = await readPublication(session, publication);
  const plan = planPublication(publication, seen, wanted);
  if (plan.statements.length === 0) checkPublished(publication, wanted, seen);
  return plan;
}

function published({ table, filter }: CheckedTable): PublishedTable {
  const { schema, name, columns } = table;
  const list = columns !== undefined && "include" in columns ? columns.include : null;
  return { schema, name, columns: list, filter: filter?.text ?? null };
}

const INSUFFICIENT_PRIVILEGE = "42501";
const LOCK_NOT_AVAILABLE = "55P03";

async function run(session: Session, statement: string, plan: PublicationPlan): Promise<void> {
  try {
    await session.rows(statement);
  } catch (error) {
    const { code, message, detail } = error as { readonly code?: string; message: string; detail?: string };
    if (code === undefined || code === LOCK_NOT_AVAILABLE) throw error;
    if (code !== INSUFFICIENT_PRIVILEGE) {
      throw new SourceError(
        "publication-refused",
        `Postgres doesn't take ${statement} (${message}${detail === undefined ? "" : `: ${detail.replace(/\.$/, "")}`}): ` +
          `correct columns and where of its tables in source.tables.`,
        { cause: error },
      );
    }
    const sql = transaction(plan.statements);
    throw new SourceError(
      "publication-privilege",
      `Role "${session.client.user ?? ""}" may not set up the publication (${message}): let ${whoMay(plan)} run ` +
        `${sql}; and start again.`,
      { sql, cause: error },
    );
  }
}

/** As one text, which takes effect at once. */
export function transaction(statements: readonly string[]): string {
  return (statements.length === 1 ? statements : ["BEGIN", ...statements, "COMMIT"]).join("; ");
}

function toTable([schema, name, filter]: readonly (string | null)[]) {
  return { schema: schema ?? "", name: name ?? "", filter: filter ?? null };
}
