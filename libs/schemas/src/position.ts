/**
 * Where a change stands in the source's history.
 *
 * `commitLsn` alone is no identity (many rows share a transaction), so `seq` numbers the changes of one
 * transaction from 1; rows read by a snapshot have `seq` 0. `epoch` rises when the operator accepts a database
 * whose history differs (restore, fail-over to another timeline).
 */
export interface Position {
  readonly epoch: number;
  /** The WAL position of the transaction's commit record (pgoutput Begin's final LSN), in bytes. */
  readonly commitLsn: bigint;
  readonly seq: number;
}

/** Below every real position. */
export const BEGINNING: Position = { epoch: 0, commitLsn: 0n, seq: 0 };

/** Negative, zero or positive, as `Array.prototype.sort` expects: epoch, then commitLsn, then seq. */
export function comparePositions(a: Position, b: Position): number {
  if (a.epoch !== b.epoch) return a.epoch - b.epoch;
  if (a.commitLsn !== b.commitLsn) return a.commitLsn < b.commitLsn ? -1 : 1;
  return a.seq - b.seq;
}

export function isOlder(a: Position, b: Position): boolean {
  return comparePositions(a, b) < 0;
}

/** `epoch/lsn/seq` in decimal: for headers, state records and logs. */
export function formatPosition(position: Position): string {
  return `${position.epoch}/${position.commitLsn}/${position.seq}`;
}

/** @throws {RangeError} when the text isn't `epoch/lsn/seq`. */
export function parsePosition(text: string): Position {
  const match = /^(\d+)\/(\d+)\/(\d+)$/.exec(text);
  if (!match) throw new RangeError(`"${text}" is not a position; expected epoch/lsn/seq in decimal`);
  return { epoch: Number(match[1]), commitLsn: BigInt(match[2] ?? ""), seq: Number(match[3]) };
}
