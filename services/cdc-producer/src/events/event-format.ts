import type { ChangeOfTable } from "@freshet/schemas/change-source";
import type { ControlOperation } from "@freshet/schemas/control-message";
import type { Position } from "@freshet/schemas/position";
import type { OutgoingRecord } from "@freshet/streaming/message";
import type { OldTuple, Tuple } from "../replication/pgoutput.js";
import type { CapturedTable } from "./captured-table.js";

/** A row's columns as Postgres prints them. */
export type Row = readonly (string | null)[];

/** Where and when a change was made. */
export interface ChangeOrigin {
  readonly database: string;
  readonly txId: number | null;
  readonly lsn: bigint;
  /** ms since the Unix epoch. */
  readonly committedAt: number;
  readonly snapshot: boolean;
  /** See ChangeSource. */
  readonly repair?: true | undefined;
  readonly position: Position;
}

export interface WrittenRow {
  readonly op: "c" | "u" | "r";
  readonly row: Row;
  readonly old: OldTuple | null;
}

/** How a change is written into its topic. */
export interface EventFormat {
  /** @throws {FatalError} when a key column has no value. */
  written(table: CapturedTable, written: WrittenRow, origin: ChangeOrigin): OutgoingRecord;
  /**
   * The delete and its tombstone, which lets compaction forget the row.
   *
   * @throws {FatalError} when the replica identity leaves a key column out.
   */
  deleted(table: CapturedTable, old: OldTuple, origin: ChangeOrigin): OutgoingRecord[];
  /** One message for each partition: each holds its own part of the table's rows. */
  control(table: CapturedTable, operation: ControlOperation, origin: ChangeOrigin): OutgoingRecord[];
}

/** Whether the row's name changed: it is then a delete of the one and a create of the other. */
export function keyChanged(table: CapturedTable, old: OldTuple, tuple: Tuple): boolean {
  return table.key.some((place) => old.tuple[place] !== tuple[place]);
}

/** @param rowHash null where there is no new row. */
export function toSource(origin: ChangeOrigin, rowHash: string | null): ChangeOfTable {
  const { txId, lsn, committedAt, snapshot, repair, position } = origin;
  return { txId, lsn, tsMs: committedAt, snapshot, repair, position, rowHash };
}
