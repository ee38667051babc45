import type { Row } from "../events/change-records.js";
import type { CapturedTable } from "../events/captured-table.js";

/** The database as it was at one point of its WAL. */
export interface SnapshotSource {
  /** Waits until every transaction that is open now has ended. */
  open(tables: readonly { readonly schema: string; readonly name: string }[]): Promise<OpenSnapshot>;
}

export interface OpenSnapshot {
  /** Transactions whose commit record lies before it are in the snapshot, those at or behind it come by the stream. */
  readonly lsn: bigint;
  readonly tables: readonly CapturedTable[];
  /** The table's rows in batches that fit into memory. */
  read(table: CapturedTable): AsyncIterable<readonly Row[]>;
  close(): Promise<void>;
}
