import { capturedColumns } from "@freshet/postgres/captured-columns";
import { readRowFilter } from "@freshet/postgres/row-filter";
import type { SeenTable } from "@freshet/postgres/seen-table";
import { quoteIdentifier, quoteSource, type Session } from "@freshet/postgres/session";
import { readTable } from "@freshet/postgres/table-catalogue";
import { readTypes } from "@freshet/postgres/type-catalogue";
import type { SourceTable } from "@freshet/process/source-configuration";
import { formatTableName } from "@freshet/process/table-name";
import { FatalError } from "@freshet/streaming/errors";
import { baseOf, BOOLEAN, type SqlTable } from "./table-sql.js";

/** pg_class.relkind. */
const KIND_PARTITIONED = "p";
const KINDS_WITHOUT_VERSIONS: readonly string[] = ["v", "f"];

/** The captured part of a table, as the catalogue has it. @throws {FatalError | SourceError} when it can't be captured. */
export async function describeTable(session: Session, source: SourceTable): Promise<SqlTable> {
  const label = formatTableName(source);
  const seen = await readTable(session, source);
  if (seen === undefined) throw new FatalError(`There is no table ${label} in ${session.address}.`);
  const captured = capturedColumns(
    source,
    seen.columns.filter(({ generated }) => !generated),
  );
  const types = await readTypes(
    session,
    captured.map(({ typeOid }) => typeOid),
  );
  const columns = captured.flatMap(({ name, typeOid }) => {
    const type = types.get(typeOid);
    return type === undefined ? [] : [{ name, type }];
  });
  const key = seen.keyColumns.flatMap((name) => columns.filter((column) => column.name === name));
  if (key.length === 0 || key.length < seen.keyColumns.length) {
    throw new FatalError(`The table ${label} has no key that is captured, so its rows can't be told apart.`);
  }
  const relation = quoteSource({ ...source, partitioned: seen.kind === KIND_PARTITIONED });
  const filter =
    source.poll === undefined
      ? ((await readRowFilter(session, source))?.text ?? null)
      : await polledFilter(session, source, seen);
  const [encoding] = await session.row("SHOW server_encoding");
  return {
    relation,
    filter,
    hasVersions: !KINDS_WITHOUT_VERSIONS.includes(seen.kind),
    columns,
    key,
    isUtf8: encoding === "UTF8",
  };
}

/** Rows that count as deleted aren't captured. */
async function polledFilter(
  session: Session,
  { poll, where }: SourceTable,
  { columns }: SeenTable,
): Promise<string | null> {
  const deletedAt = poll !== undefined && "deletedAt" in poll ? poll.deletedAt : undefined;
  const typeOid = columns.find(({ name }) => name === deletedAt)?.typeOid;
  const type = typeOid === undefined ? undefined : (await readTypes(session, [typeOid])).get(typeOid);
  const isBoolean = type !== undefined && baseOf(type) === BOOLEAN;
  const conditions = [
    ...(deletedAt === undefined ? [] : [`${quoteIdentifier(deletedAt)} IS ${isBoolean ? "NOT TRUE" : "NULL"}`]),
    // It may end in a comment.
    ...(where === undefined ? [] : [`(\n${where}\n) IS TRUE`]),
  ];
  return conditions.length === 0 ? null : conditions.join(" AND ");
}
