import { formatTableName, type TableName } from "@freshet/process/table-name";
import { SourceError } from "./errors.js";
import { quoteIdentifier, quoteTable } from "./session.js";

/** What is published of a table. */
export interface PublishedTable extends TableName {
  /** Null: all, also those that are added later. */
  readonly columns: readonly string[] | null;
  /** Of rows, as the catalogue prints it; null: all. */
  readonly filter: string | null;
}

export interface SeenMember extends TableName {
  readonly filter: string | null;
  /** The partitioned tables that it is a part of. */
  readonly partOf: readonly TableName[];
}

/** The publication as the catalogue has it. */
export interface SeenPublication {
  /** The role that alone may change it. */
  readonly owner: string;
  /** Other slots of ours that it is read by. */
  readonly readers: readonly string[];
  readonly allTables: boolean;
  readonly viaPartitionRoot: boolean;
  /** Of insert, update, delete and truncate. */
  readonly allOperations: boolean;
  readonly generatedColumns: boolean;
  /** Named one by one. */
  readonly named: readonly PublishedTable[];
  /** All that are published, also by their schema, with the filters that are in force. */
  readonly published: readonly SeenMember[];
}

export interface PublicationPlan {
  /** Of the publication; null when there is none yet. */
  readonly owner: string | null;
  /** SQL for the publication's owner, in order, to be run as one transaction. */
  readonly statements: readonly string[];
  /** What isn't as configured, each in a few words. */
  readonly differences: readonly string[];
  /** Tables, `schema.table`, that are published for others, and whose changes we leave out. */
  readonly others: readonly string[];
  /** What would end that, where they are named; never run by us. */
  readonly withoutOthers: string | null;
}

/**
 * What makes the publication publish the configured tables, each as configured. One whose columns or filter are others
 * is dropped from it and added again: so its row in pg_publication_rel is another one, which tells that its changes may
 * have been left out meanwhile. A publication that has other tables too may be somebody else's as well: nothing that is
 * in it is changed.
 *
 * @param seen null when there is no such publication.
 * @throws {SourceError} when no statement could do that.
 */
export function planPublication(
  name: string,
  seen: SeenPublication | null,
  tables: readonly PublishedTable[],
): PublicationPlan {
  const publication = quoteIdentifier(name);
  const add = (some: readonly PublishedTable[]) => some.map(tableClause).join(", ");
  if (seen === null) {
    return {
      statements: [
        `CREATE PUBLICATION ${publication} FOR TABLE ${add(tables)} WITH (publish_via_partition_root = true)`,
      ],
      ...{ owner: null, differences: ["it doesn't exist"], others: [], withoutOthers: null },
    };
  }
  const changed = tables.filter((table) => differs(table, find(seen.named, table)));
  // A partitioned table can be named and yet be published by its partitions alone.
  const missing = tables.filter((table) => !find(seen.published, table) && !find(seen.named, table));
  // A filter or list of columns can only be had for a table that is named.
  const unnamed = tables.filter(
    (table) => find(seen.published, table) && !find(seen.named, table) && (table.columns ?? table.filter) !== null,
  );
  const [first] = [...missing, ...unnamed];
  if (seen.allTables && first) throw unpublishable(name, first);
  const foreign = seen.named.filter((table) => !find(tables, table));
  const alter = `ALTER PUBLICATION ${publication}`;
  const added = [...changed, ...missing, ...unnamed];
  const statements: string[] = [];
  if (!seen.viaPartitionRoot) statements.push(`${alter} SET (publish_via_partition_root = true)`);
  if (!seen.allOperations) statements.push(`${alter} SET (publish = 'insert, update, delete, truncate')`);
  if (seen.generatedColumns) statements.push(`${alter} SET (publish_generated_columns = none)`);
  const drop = (some: readonly TableName[]) => `${alter} DROP TABLE ${some.map(quoteOnly).join(", ")}`;
  if (changed.length > 0) statements.push(drop(changed));
  if (added.length > 0) statements.push(`${alter} ADD TABLE ${add(added)}`);
  const unlike = [
    ...(seen.viaPartitionRoot ? [] : ["partitions are published under their own names"]),
    ...(seen.allOperations ? [] : ["some operations aren't published"]),
    ...(seen.generatedColumns ? ["generated columns are published"] : []),
    ...changed.map((table) => `${formatTableName(table)} is published with ${options(find(seen.named, table))}`),
  ];
  const others = findOthers(seen, tables);
  const why = [
    ...seen.readers.slice(0, 1).map((slot) => `slot "${slot}" reads it too`),
    ...others.slice(0, 1).map((table) => `it publishes ${table} too, maybe for somebody else`),
  ];
  if (why.length > 0 && unlike.length > 0) throw shared(name, seen.owner, { why, unlike });
  return {
    ...{ owner: seen.owner, statements },
    differences: [...unlike, ...[...missing, ...unnamed].map((table) => `${formatTableName(table)} is missing`)],
    ...{ others, withoutOthers: foreign.length === 0 ? null : drop(foreign) },
  };
}

function findOthers({ named, published }: SeenPublication, tables: readonly TableName[]): readonly string[] {
  const isOurs = ({ partOf, ...table }: SeenMember) => [table, ...partOf].some((some) => find(tables, some));
  const others = [...named.filter((table) => !find(tables, table)), ...published.filter((table) => !isOurs(table))];
  return [...new Set(others.map(formatTableName))];
}

function shared(
  name: string,
  owner: string,
  { why, unlike }: { readonly why: readonly string[]; readonly unlike: readonly string[] },
): SourceError {
  return new SourceError(
    "publication-scope",
    `Publication "${name}" isn't as configured (${unlike.join("; ")}), and isn't changed, because ${why.join(", and ")}: ` +
      `name another source.publication in freshet.yaml, or let its owner, role "${owner}", change it for all who read it.`,
  );
}

/** Who may run the statements, for messages. */
export function whoMay({ owner }: PublicationPlan): string {
  // What is added has to belong to whoever adds it.
  return owner === null ? "the tables' owner" : `role "${owner}", which owns it (and has to own the tables),`;
}

/** @throws {SourceError} when one of the tables still isn't published under its own name, and as configured. */
export function checkPublished(name: string, tables: readonly PublishedTable[], seen: SeenPublication | null): void {
  const unfit = tables.find((table) => {
    const published = find(seen?.published ?? [], table);
    return published === undefined || published.filter !== table.filter;
  });
  if (unfit) throw unpublishable(name, unfit);
}

function unpublishable(name: string, table: PublishedTable): SourceError {
  const what = (table.columns ?? table.filter) === null ? "" : `, with ${options(table)}`;
  return new SourceError(
    "publication-scope",
    `Publication "${name}" doesn't publish ${formatTableName(table)} under its own name${what} (a partition's changes come under ` +
      `the table that it belongs to, and all of a table when its schema, or all tables, are published): put that table ` +
      `into source.tables instead, or name another source.publication in freshet.yaml.`,
  );
}

function tableClause(table: PublishedTable): string {
  const columns = table.columns === null ? "" : ` (${table.columns.map(quoteIdentifier).join(", ")})`;
  return `${quoteOnly(table)}${columns}${table.filter === null ? "" : ` WHERE (${table.filter})`}`;
}

/** Without those that inherit from it. Partitions belong to their table all the same. */
function quoteOnly(table: TableName): string {
  return `ONLY ${quoteTable(table)}`;
}

function differs(wanted: PublishedTable, seen: PublishedTable | undefined): boolean {
  if (seen === undefined) return false;
  const sorted = ({ columns }: PublishedTable) => JSON.stringify(columns === null ? null : [...columns].sort());
  return wanted.filter !== seen.filter || sorted(wanted) !== sorted(seen);
}

function options(table: PublishedTable | undefined): string {
  const columns = table?.columns ? `columns ${table.columns.join(", ")}` : "all columns";
  return `${columns} and ${table?.filter ? `the filter ${table.filter}` : "all rows"}`;
}

function find<T extends TableName>(tables: readonly T[], { schema, name }: TableName): T | undefined {
  return tables.find((table) => table.schema === schema && table.name === name);
}
