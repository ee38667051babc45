import type { TableName } from "@freshet/process/table-name";
import { FatalError } from "@freshet/streaming/errors";

/** The publication as the catalogue has it. */
export interface SeenPublication {
  readonly allTables: boolean;
  readonly viaPartitionRoot: boolean;
  /** Of insert, update, delete and truncate. */
  readonly allOperations: boolean;
  readonly generatedColumns: boolean;
  /** Named one by one. */
  readonly named: readonly (TableName & { readonly filtered: boolean })[];
  /** All that are published, also by their schema. */
  readonly published: readonly TableName[];
}

export interface PublicationPlan {
  /** SQL for the publication's owner, in order. */
  readonly statements: readonly string[];
  /** Were not, or not wholly, published so far: they may have changed unseen since a snapshot of them was taken. */
  readonly unseen: readonly TableName[];
}

export interface Quoting {
  identifier(name: string): string;
  table(table: TableName): string;
}

/**
 * What makes the publication publish exactly the configured tables, whole.
 *
 * @param seen null when there is no such publication.
 * @throws {FatalError} when it filters rows or columns of one of them.
 */
export function planPublication(
  name: string,
  seen: SeenPublication | null,
  tables: readonly TableName[],
  quote: Quoting,
): PublicationPlan {
  const publication = quote.identifier(name);
  const list = (some: readonly TableName[]) => some.map((table) => quote.table(table)).join(", ");
  if (seen === null) {
    return {
      statements: [
        `CREATE PUBLICATION ${publication} FOR TABLE ${list(tables)} WITH (publish_via_partition_root = true)`,
      ],
      unseen: tables,
    };
  }
  const filtered = seen.named.find((table) => table.filtered && includes(tables, table));
  if (filtered) {
    throw new FatalError(
      `Publication "${name}" leaves out rows or columns of ${filtered.schema}.${filtered.name}, which isn't supported: ` +
        `run ALTER PUBLICATION ${publication} DROP TABLE ${quote.table(filtered)}, and start again.`,
    );
  }
  const unpublished = tables.filter((table) => !includes(seen.published, table));
  // A partitioned table can be named and yet be published by its partitions alone.
  const added = unpublished.filter((table) => !includes(seen.named, table));
  const [first] = added;
  if (seen.allTables && first) throw unpublishable(name, first);
  const dropped = seen.named.filter((table) => !includes(tables, table));
  const statements: string[] = [];
  if (!seen.viaPartitionRoot)
    statements.push(`ALTER PUBLICATION ${publication} SET (publish_via_partition_root = true)`);
  if (!seen.allOperations) {
    statements.push(`ALTER PUBLICATION ${publication} SET (publish = 'insert, update, delete, truncate')`);
  }
  if (seen.generatedColumns) statements.push(`ALTER PUBLICATION ${publication} SET (publish_generated_columns = none)`);
  if (added.length > 0) statements.push(`ALTER PUBLICATION ${publication} ADD TABLE ${list(added)}`);
  if (dropped.length > 0) statements.push(`ALTER PUBLICATION ${publication} DROP TABLE ${list(dropped)}`);
  return { statements, unseen: seen.allOperations ? unpublished : tables };
}

/** @throws {FatalError} when one of the tables still isn't published under its own name. */
export function checkPublished(name: string, tables: readonly TableName[], seen: SeenPublication | null): void {
  const missing = tables.find((table) => !includes(seen?.published ?? [], table));
  if (missing) throw unpublishable(name, missing);
}

function unpublishable(name: string, { schema, name: table }: TableName): FatalError {
  return new FatalError(
    `Publication "${name}" doesn't publish ${schema}.${table} under its own name (a partition's changes come under the ` +
      `table that it belongs to): put that table into source.tables instead.`,
  );
}

function includes(tables: readonly TableName[], { schema, name }: TableName): boolean {
  return tables.some((table) => table.schema === schema && table.name === name);
}
