import type { CommitMark } from "./slot/replayed-history.js";

/** A transaction whose records are on their way. */
export interface PendingTransaction {
  /** One record more is on its way. */
  readonly sent: () => void;
  /** Kafka has one of the records. */
  readonly delivered: () => void;
  /** No record follows. @param endLsn behind the commit record. */
  readonly complete: (endLsn: bigint) => void;
}

interface Entry {
  readonly commit: CommitMark;
  undelivered: number;
  /** Everything before it is delivered once this entry is; null while the transaction is still arriving. */
  endLsn: bigint | null;
  next: Entry | null;
}

/**
 * Which WAL position may be confirmed to Postgres: the end of the last transaction before which, and in which,
 * everything is delivered. So never past anything on its way, and never backwards.
 */
export class Acknowledgements {
  readonly #onAdvance: (confirmed: bigint, last: CommitMark | null) => void;
  #confirmed: bigint;
  #last: CommitMark | null;
  #oldest: Entry | null = null;
  #newest: Entry | null = null;

  /** @param onAdvance is told the last transaction that was captured, too. */
  constructor(
    { confirmed, last }: { readonly confirmed: bigint; readonly last: CommitMark | null },
    onAdvance: (confirmed: bigint, last: CommitMark | null) => void,
  ) {
    this.#confirmed = confirmed;
    this.#last = last;
    this.#onAdvance = onAdvance;
  }

  begin(commit: CommitMark): PendingTransaction {
    const entry: Entry = { commit, undelivered: 0, endLsn: null, next: null };
    if (this.#newest) this.#newest.next = entry;
    else this.#oldest = entry;
    this.#newest = entry;
    return {
      sent: () => {
        entry.undelivered++;
      },
      delivered: () => {
        entry.undelivered--;
        if (entry === this.#oldest) this.#settle();
      },
      complete: (endLsn) => {
        entry.endLsn = endLsn;
        if (entry === this.#oldest) this.#settle();
      },
    };
  }

  /**
   * The server says that it has sent all that lies before `walEnd`. With nothing on its way this can be confirmed at
   * once, so that a database in which nothing of ours changes needn't keep its WAL; else it is, when the last
   * transaction sent is delivered. Inside a transaction it says nothing that could be confirmed.
   */
  reachedWalEnd(walEnd: bigint): void {
    const newest = this.#newest;
    if (newest === null) this.#advance(walEnd);
    else if (newest.endLsn !== null && newest.endLsn < walEnd) newest.endLsn = walEnd;
  }

  #settle(): void {
    let settled: bigint | null = null;
    while (this.#oldest !== null && this.#oldest.endLsn !== null && this.#oldest.undelivered === 0) {
      settled = this.#oldest.endLsn;
      this.#last = this.#oldest.commit;
      this.#oldest = this.#oldest.next;
    }
    if (this.#oldest === null) this.#newest = null;
    if (settled !== null) this.#advance(settled);
  }

  #advance(lsn: bigint): void {
    if (lsn <= this.#confirmed) return;
    this.#confirmed = lsn;
    this.#onAdvance(lsn, this.#last);
  }
}
