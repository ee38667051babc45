import type { TableName } from "@freshet/process/table-name";
import { FatalError } from "@freshet/streaming/errors";

/** A configured table as the catalogue has it. */
export interface SeenTable extends TableName {
  /** pg_class.relkind. */
  readonly kind: string;
  readonly unlogged: boolean;
  readonly readable: boolean;
  /** The primary key's columns in key order; none when there is no primary key. */
  readonly keyColumns: readonly string[];
  readonly generatedKey: boolean;
  /** The table, or those of its partitions, whose replica identity doesn't name rows by the primary key. */
  readonly unidentified: readonly string[];
}

export interface TableCheck {
  readonly table: TableName;
  /** As SQL writes it. */
  readonly quoted: string;
  /** The role that reads it. */
  readonly user: string;
}

/**
 * Whether a table can be captured without breaking the writes to it: an UPDATE fails once its table is published
 * without a replica identity.
 *
 * @throws {FatalError} one sentence with what to do.
 */
export function checkTable({ table, quoted, user }: TableCheck, seen: SeenTable | undefined): void {
  const label = `${table.schema}.${table.name}`;
  const orLeaveOut = "or take it out of source.tables in freshet.yaml";
  if (seen === undefined) {
    throw new FatalError(`There is no table ${label} (names are case-sensitive): create it, ${orLeaveOut}.`);
  }
  if (seen.kind !== "r" && seen.kind !== "p") {
    throw new FatalError(`${label} is not a table (a view?), so it has no changes to read: ${orLeaveOut.slice(3)}.`);
  }
  if (seen.unlogged) {
    throw new FatalError(
      `Table ${label} is unlogged or temporary, so the WAL has no changes of it: run ALTER TABLE ${quoted} SET LOGGED, ${orLeaveOut}.`,
    );
  }
  if (seen.keyColumns.length === 0) {
    throw new FatalError(
      `Table ${label} has no primary key, so its rows have no name: run ALTER TABLE ${quoted} ADD PRIMARY KEY (…), ${orLeaveOut}.`,
    );
  }
  if (seen.generatedKey) {
    throw new FatalError(
      `The primary key of ${label} has a generated column, which isn't published, so its rows have no name: give it ` +
        `another primary key, ${orLeaveOut}.`,
    );
  }
  const [unidentified] = seen.unidentified;
  if (unidentified !== undefined) {
    throw new FatalError(
      `Deletes and updates of ${label} couldn't be told apart by its primary key, or would fail: run ` +
        `ALTER TABLE ${unidentified} REPLICA IDENTITY DEFAULT (with a primary key that isn't deferrable) or FULL.`,
    );
  }
  if (!seen.readable) {
    throw new FatalError(
      `Role "${user}" may not read ${label}: let its owner run GRANT SELECT ON ${quoted} TO "${user}" (and GRANT USAGE ON its schema).`,
    );
  }
}
