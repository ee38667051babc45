import { ACCEPT, SourceError } from "@freshet/postgres/errors";
import { formatLsn } from "@freshet/postgres/lsn";

/** A transaction of the source: no two histories have one alike. */
export interface CommitMark {
  /** Of its commit record. */
  readonly commitLsn: bigint;
  readonly xid: number;
  /** ms since the Unix epoch. */
  readonly committedAt: number;
}

export interface ReplayedHistoryOptions {
  /** For messages. */
  readonly address: string;
  /** From where the server sends: where its slot stands, which may be behind what was confirmed to it. */
  readonly from: bigint;
  /** Everything before it was captured. */
  readonly confirmed: bigint;
  /** The last transaction that was captured; null when there was none yet. */
  readonly last: CommitMark | null;
}

/**
 * What the server sends again is held against what was captured. A slot that is behind is the trace of a crash, since
 * its position is seldom on disk, or of an older copy of the database, restored since: such a copy writes another
 * history over the same positions of the WAL, and to begin at the confirmed one would skip all of that in silence.
 */
export class ReplayedHistory {
  readonly #options: ReplayedHistoryOptions;
  #awaited: boolean;
  #reached: bigint;

  constructor(options: ReplayedHistoryOptions) {
    const { from, last } = options;
    this.#options = options;
    this.#awaited = last !== null && last.commitLsn >= from;
    this.#reached = from;
  }

  /** The server's history is the one that was captured; only now may anything be confirmed to it. */
  get isProved(): boolean {
    return this.#reached >= this.#options.confirmed;
  }

  /** Whether a transaction was captured before. @throws {SourceError} when the server's history is another one. */
  replays(commit: CommitMark): boolean {
    const { confirmed, last } = this.#options;
    this.reached(commit.commitLsn);
    if (commit.commitLsn >= confirmed) return false;
    if (last === null || commit.commitLsn > last.commitLsn) throw this.#anotherHistory(commit.commitLsn);
    if (commit.commitLsn === last.commitLsn) {
      if (commit.xid !== last.xid || commit.committedAt !== last.committedAt) {
        throw this.#anotherHistory(commit.commitLsn);
      }
      this.#awaited = false;
    }
    return true;
  }

  /** Everything before this position has been sent. @throws {SourceError} when the server's history is another one. */
  reached(lsn: bigint): void {
    if (this.isProved) return;
    const { confirmed, last } = this.#options;
    if (lsn >= confirmed && this.#awaited && last !== null) throw this.#anotherHistory(last.commitLsn);
    if (lsn > this.#reached) this.#reached = lsn;
  }

  #anotherHistory(at: bigint): SourceError {
    const { address, confirmed } = this.#options;
    return new SourceError(
      "older-copy",
      `${address} has another history at ${formatLsn(at)} than the one that was read up to ${formatLsn(confirmed)}: an ` +
        `older copy of the database was restored, and its changes since then would be skipped: ${ACCEPT}.`,
    );
  }
}
