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
  /** Up to which key, as Postgres prints its columns, all rows were looked at; null when there is none. */
  readonly lastKey: readonly string[] | null;
  /** Nothing is behind it in key order. */
  readonly isLast: boolean;
  /** About what the rows take in memory, in characters. */
  readonly length: number;
}
