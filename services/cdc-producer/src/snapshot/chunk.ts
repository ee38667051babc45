import type { CapturedTable } from "../events/captured-table.js";
import type { Row } from "../events/event-format.js";

/** Rows of a table as one snapshot of the database sees them. */
export interface Chunk {
  /** As that snapshot sees it. */
  readonly table: CapturedTable;
  /** In key order, when they were selected by it. */
  readonly rows: readonly Row[];
  /** Rows that were asked for and aren't there: their key columns, and null elsewhere. */
  readonly absent: readonly Row[];
  /** The last row's key, as Postgres prints its columns; null when there is no row. */
  readonly lastKey: readonly string[] | null;
  /** About what the rows take in memory, in characters. */
  readonly length: number;
}
