import { Sight } from "./sight.js";

export interface WindowListener {
  readonly onTaken: (snapshot: string) => void;
  /** Less is kept now. */
  readonly onSettled: () => void;
  readonly onClose: () => void;
}

/** What an entry takes besides the key's text, about. */
const ENTRY_LENGTH = 64;

/**
 * The time from before a chunk's snapshot is taken until its rows are put into the stream. A row that is changed in it
 * by a transaction that the snapshot doesn't see is left out: the stream has brought something newer.
 */
export class ChunkWindow {
  readonly #listener: WindowListener;
  /** Came, at least partly, before the window opened: not all that they changed is noted here. */
  readonly #before: ReadonlySet<number>;
  /** Until the snapshot is known: every change (null: a truncate) with its transaction. */
  #early: [key: string | null, xid: number][] = [];
  readonly #touched = new Set<string>();
  #sight: Sight | null = null;
  #ownKeys: ReadonlySet<string> | null = null;
  #truncated = false;
  #length = 0;

  constructor(before: ReadonlySet<number>, listener: WindowListener) {
    this.#before = new Set(before);
    this.#listener = listener;
  }

  /** How much is kept for as long as the rows aren't known, in characters, about. */
  get unsettledLength(): number {
    return this.#ownKeys === null ? this.#length : 0;
  }

  /** Whether a transaction is known to be in the chunk's snapshot. */
  sees(xid: number): boolean {
    return this.#sight?.sees(xid) ?? false;
  }

  changed(key: string, xid: number): void {
    if (this.#sight === null) {
      this.#early.push([key, xid]);
      this.#length += key.length + ENTRY_LENGTH;
    } else if (!this.#sight.sees(xid)) {
      this.#touch(key);
    }
  }

  truncated(xid: number): void {
    if (this.#sight === null) this.#early.push([null, xid]);
    else if (!this.#sight.sees(xid)) this.#truncated = true;
  }

  /**
   * @param snapshot the chunk's, as pg_current_snapshot() prints it.
   * @returns false when it lacks a transaction of which changes came before the window opened: that one is in the WAL
   *   and becomes visible later (it waits for a synchronous standby). The chunk then has to be read later too.
   */
  taken(snapshot: string): boolean {
    const sight = new Sight(snapshot);
    const early = this.#early;
    this.#sight = sight;
    this.#early = [];
    this.#length = 0;
    for (const [key, xid] of early) {
      if (key === null) this.truncated(xid);
      else this.changed(key, xid);
    }
    this.#listener.onTaken(snapshot);
    this.#listener.onSettled();
    return ![...this.#before].some((xid) => !sight.sees(xid));
  }

  /** @param keys of the chunk's rows: from now on only those matter. */
  read(keys: ReadonlySet<string>): void {
    this.#ownKeys = keys;
    for (const key of this.#touched) if (!keys.has(key)) this.#touched.delete(key);
    this.#listener.onSettled();
  }

  /** The rows are gone since the snapshot: the chunk has to be read again. */
  get isTruncated(): boolean {
    return this.#truncated;
  }

  leavesOut(key: string): boolean {
    return this.#touched.has(key);
  }

  close(): void {
    this.#listener.onClose();
    this.#listener.onSettled();
  }

  #touch(key: string): void {
    if (this.#ownKeys?.has(key) === false || this.#touched.has(key)) return;
    this.#touched.add(key);
    this.#length += key.length + ENTRY_LENGTH;
  }
}
