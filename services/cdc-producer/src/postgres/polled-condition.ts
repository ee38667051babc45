import { quoteSource, type Session } from "@freshet/postgres/session";
import { RefusedError } from "../snapshot/refusal.js";

export interface ConditionedTable {
  readonly schema: string;
  readonly name: string;
  readonly partitioned: boolean;
}

/**
 * Has Postgres parse a condition that somebody wrote, without planning or executing it, and looks at what it is taken
 * for. It needs nothing temporary, which a standby couldn't have: the parse tree comes as a notice, and goes to the
 * server's log (https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-DEBUG-PRINT-PARSE).
 *
 * @throws {RefusedError} when it is more than a condition on the table's rows, or a function in it may have an effect or
 *   read a table.
 * @throws what Postgres answered, when it isn't a condition.
 */
export async function checkCondition(session: Session, table: ConditionedTable, where: string): Promise<void> {
  const rows = `SELECT FROM ${quoteSource(table)} WHERE`;
  let functions: string[];
  try {
    await session.rows(
      "BEGIN READ ONLY; SET LOCAL debug_print_parse = on; SET LOCAL debug_pretty_print = off; SET LOCAL client_min_messages = log",
    );
    // What can stand in both places is one expression: between CASE and THEN it has to have its parentheses in pairs.
    await parse(session, `${rows} (\n${where}\n)`);
    functions = functionsOf(await parse(session, `${rows} CASE WHEN\n${where}\nTHEN true END`));
  } finally {
    await session.rows("ROLLBACK; DEALLOCATE ALL");
  }
  await checkFunctions(session, functions);
}

/** @returns the query as Postgres' nodeToString prints it. */
async function parse(session: Session, query: string): Promise<string> {
  const trees: string[] = [];
  const listen = ({ detail = "" }: { readonly detail?: string | undefined }) =>
    trees.push(detail.replaceAll("\n", " "));
  session.client.on("notice", listen);
  try {
    // In the extended protocol it is one statement, whatever the condition says.
    await session.rows(`PREPARE freshet_condition AS ${query}`, []);
    await session.rows("DEALLOCATE freshet_condition");
  } finally {
    session.client.off("notice", listen);
  }
  // A command that isn't a query has another type: PREPARE itself.
  const tree = trees.find((text) => text.startsWith("{QUERY :commandType 1 "));
  if (tree === undefined) throw new RefusedError("Postgres doesn't tell what it takes the condition for");
  return tree;
}

/** @returns what it calls, by oid. Names can't imitate a node: their spaces and braces are escaped, and values are bytes. */
function functionsOf(tree: string): string[] {
  const queries = tree.split("{QUERY ").length - 1;
  if (queries !== 1) throw new RefusedError("a condition can't use a subquery");
  if (tree.includes("{PARAM ")) throw new RefusedError("there are no parameters");
  return [...tree.matchAll(/:(?:op)?funcid (\d+)/g)].flatMap(([, oid]) => oid ?? []);
}

/** Of those that aren't volatile, those may read tables that the server doesn't bring along, and some that it does. */
const FUNCTIONS = `SELECT string_agg(DISTINCT proname, ', ') FILTER (WHERE provolatile = 'v'),
  string_agg(DISTINCT proname, ', ') FILTER (WHERE provolatile = 's'
    AND (oid >= 16384 OR proname ~ '^(table|schema|database)_to_xml'))
FROM pg_catalog.pg_proc WHERE oid = ANY ($1::oid[])`;

async function checkFunctions(session: Session, functions: readonly string[]): Promise<void> {
  const [volatile, reading] = await session.row(FUNCTIONS, [`{${functions.join(",")}}`]);
  if (volatile != null) throw new RefusedError(`a condition can't use a volatile function: ${volatile}`);
  if (reading != null) throw new RefusedError(`a condition can't use a function that may read tables: ${reading}`);
}
