import type { CapturedTable } from "../events/captured-table.js";
import type { Chunk } from "./chunk.js";
import type { Selection } from "./selection.js";

export interface ChunkObserver {
  /** The snapshot is going to be taken. */
  before(): void;
  /** The snapshot as pg_current_snapshot() prints it, and behind all that it sees. @returns false when rows of it are of no use. */
  taken(snapshot: string, walEnd: bigint): boolean;
}

/** Why a chunk couldn't be read just now: the table is being altered, or locked. The next try describes it anew. */
export class ChunkUnreadableError extends Error {
  override readonly name = "ChunkUnreadableError";
}

/** Asks the database what a snapshot of one table needs, one question at a time. */
export interface TableReader {
  /**
   * Waits for the transactions that have written to the table and aren't visible yet; those that begin later don't
   * count.
   *
   * @param onWaiting is told how many are left, each time that is looked at, and what can be seen by then.
   */
  untilWritersEnded(onWaiting: (writers: number, snapshot: string) => void): Promise<void>;
  /** A snapshot of the database, as pg_current_snapshot() prints it, and behind all that it sees in the WAL. */
  takeSnapshot(): Promise<{ readonly snapshot: string; readonly walEnd: bigint }>;
  /** As it is now. @throws {ChunkUnreadableError} */
  describe(): Promise<CapturedTable>;
  /**
   * A condition on the table's rows that somebody wrote, as Postgres prints what it takes it for: nothing else, and
   * nothing that has an effect.
   *
   * @throws {RefusedError} when it is no such condition.
   */
  readCondition(where: string): Promise<string>;
  /** By the planner's estimate; null without one. */
  estimateRows(): Promise<number | null>;
  /**
   * Null when the observer has no use for it.
   *
   * @throws {ChunkUnreadableError}
   * @throws {SourceError} `table-unreadable`, when the role may not read the table.
   * @throws what Postgres answered.
   */
  read(selection: Selection, observer: ChunkObserver): Promise<Chunk | null>;
  close(): Promise<void>;
}
