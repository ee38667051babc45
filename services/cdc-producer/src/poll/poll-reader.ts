import type { CapturedTable } from "../events/captured-table.js";
import type { Row } from "../events/event-format.js";
import type { TableRoute } from "../postgres/source-catalogue.js";
import type { Mark } from "./settled-floor.js";

/** A table as it can be polled just now. */
export interface PolledTable {
  readonly captured: CapturedTable;
  /** Another one means another table, key or way of polling: what was read before says nothing of it. */
  readonly identity: string;
  /** Of the column that rises with each change. */
  readonly cursor: CursorKind;
  /** SQL for the index that its rounds need, when there is none. */
  readonly missingIndex: string | null;
  /** The planner's; null when it has none. */
  readonly estimatedRows: number | null;
  readonly statements: PollStatements;
}

export type CursorKind = "timestamptz" | "timestamp" | "date" | "number";

/** The SQL of a table, whose results postgres-poll-reader.ts knows how to read. */
export interface PollStatements {
  readonly mark: string;
  readonly greatest: string;
  readonly changesFrom: string;
  readonly changesAbove: string;
  readonly changesAfter: string;
  readonly rowsFrom: string;
  readonly rowsAfter: string;
  /** Behind a further condition, if any. */
  readonly rowsOrder: string;
  readonly find: string;
  /** Columns of the key. */
  readonly keyLength: number;
  /** Whether changes come with their rows; else with their keys alone. */
  readonly withRows: boolean;
}

export interface PolledRow {
  /** As Postgres prints the columns. */
  readonly key: readonly string[];
  /** Counts as deleted: by its soft-delete column, or because the table's filter leaves it out. */
  readonly deleted: boolean;
  /** Null: there is no such row. */
  readonly row: Row | null;
}

export interface PolledChange {
  /** The value of the column that rises with each change, and the key: where the reading goes on. */
  readonly place: readonly [value: string, ...key: string[]];
  /** Undefined where a change table tells only which row it was. */
  readonly found: PolledRow | undefined;
}

export type ChangesFrom = { readonly floor: string | null } | { readonly after: readonly string[] };

export interface ReadRow extends PolledRow {
  /** Its column that rises with each change is null: a later change that leaves it so is not seen. */
  readonly unseen: boolean;
}

/** Reads tables by queries, each of which sees what is committed when it begins. */
export interface PollReader {
  /** @throws {SourceError} when the table can't be polled. */
  describe(route: TableRoute): Promise<PolledTable>;
  mark(table: PolledTable, overlapSeconds: number): Promise<Mark>;
  /** Of some values of the column that rises with each change. */
  greatest(table: PolledTable, values: readonly (string | null)[]): Promise<string | null>;
  /** Changes by their value, then their key. */
  changes(table: PolledTable, from: ChangesFrom, limit: number): Promise<readonly PolledChange[]>;
  /**
   * A condition that somebody wrote: that it is nothing but one on the table's rows, and has no effect.
   *
   * @throws {RefusedError} when it isn't. @throws what the database answered, when it doesn't take it.
   */
  checkCondition(table: PolledTable, where: string): Promise<void>;
  /** Rows by their key. @param where SQL over the columns of the table, which was checked. */
  rows(table: PolledTable, after: readonly string[] | null, limit: number, where?: string): Promise<readonly ReadRow[]>;
  /** The rows with these keys as they are now, in this order. */
  find(table: PolledTable, keys: readonly (readonly (string | null)[])[]): Promise<readonly PolledRow[]>;
}
