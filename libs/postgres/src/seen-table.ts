import type { SourceTable } from "@freshet/process/source-configuration";
import type { TableName } from "@freshet/process/table-name";

export interface SeenColumn {
  readonly name: string;
  readonly typeOid: number;
  /** pg_attribute.atttypmod, such as the length of a varchar; -1: none. */
  readonly typeModifier: number;
  readonly notNull: boolean;
  /** Generated columns are not in the rows that pgoutput publishes. */
  readonly generated: boolean;
}

/** The columns that the WAL has of an updated or deleted row: `full` is all of them, `none` makes such writes fail. */
export type ReplicaIdentity = readonly string[] | "full" | "none";

/** A configured table as the catalogue has it. */
export interface SeenTable extends TableName {
  readonly oid: string;
  /** pg_class.relkind. */
  readonly kind: string;
  readonly unlogged: boolean;
  /** Whether we may select from it. */
  readonly readable: boolean;
  /** Policies decide which of its rows we see. */
  readonly rowSecurity: boolean;
  readonly columns: readonly SeenColumn[];
  /** In key order; none when there is no primary key. */
  readonly primaryKey: readonly string[];
  /** What names a row: the primary key, else what is configured, else the columns of the replica identity's index. */
  readonly keyColumns: readonly string[];
  /** Where rows are: the table itself, or its partitions, named as SQL writes them. */
  readonly parts: readonly SeenPart[];
}

export interface SeenPart {
  readonly name: string;
  readonly identity: ReplicaIdentity;
  /** Why the WAL has no changes of it; absent when it has. */
  readonly unread?: "unlogged" | "foreign";
}

export interface TableCheck {
  readonly table: SourceTable;
  /** As SQL writes it. */
  readonly quoted: string;
  /** The role that reads it. */
  readonly user: string;
  /** The columns that the row filter looks at. */
  readonly filterColumns: readonly string[];
}

export function covers(identity: ReplicaIdentity, columns: readonly string[]): boolean {
  if (identity === "full") return true;
  return identity !== "none" && columns.every((column) => identity.includes(column));
}
