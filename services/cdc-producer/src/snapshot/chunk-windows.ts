import type { ChangeObserver } from "../events/change-observer.js";
import { TableWatch } from "./table-watch.js";

/** Of keys that are remembered while it isn't known yet which rows they would have to be compared with. */
const MAX_KEY_LENGTH = 8 * 1024 * 1024;

/**
 * What the stream tells the snapshots that run beside it: where it is, and what it changes.
 *
 * Everything here is synchronous, so that between two transactions of the stream a chunk can be put in whole.
 */
export class ChunkWindows implements ChangeObserver {
  readonly #watches = new Map<string, TableWatch>();
  readonly #listeners = new Set<() => void>();
  readonly #room = new Set<() => void>();
  #position: bigint;
  #inTransaction = false;

  /** @param position from where the stream starts. */
  constructor(position: bigint) {
    this.#position = position;
  }

  /** All that was committed before it has been handled; the position of everything that comes is above. */
  get position(): bigint {
    return this.#position;
  }

  get isBetweenTransactions(): boolean {
    return !this.#inTransaction;
  }

  get isWatching(): boolean {
    return this.#watches.size > 0;
  }

  /**
   * A chunk's rows are on their way, and so much has changed meanwhile that the stream has to wait for them. It is
   * bounded by the time that one chunk's reading takes, which doesn't depend on the stream.
   */
  get isFull(): boolean {
    let length = 0;
    for (const watch of this.#watches.values()) length += watch.unsettledLength;
    return length > MAX_KEY_LENGTH;
  }

  async room(): Promise<void> {
    while (this.isFull) {
      await new Promise<void>((resolve) => {
        this.#room.add(resolve);
      });
    }
  }

  began(): void {
    this.#inTransaction = true;
  }

  changed(table: string, key: string, xid: number): void {
    this.#watches.get(table)?.changed(key, xid);
  }

  truncated(table: string, xid: number): void {
    this.#watches.get(table)?.truncated(xid);
  }

  committed(endLsn: bigint): void {
    this.#inTransaction = false;
    this.#advance(endLsn);
  }

  /** The server has sent everything before `walEnd`. Inside a transaction it says nothing of that one. */
  passed(walEnd: bigint): void {
    if (!this.#inTransaction) this.#advance(walEnd);
  }

  /** From now on the table's changes are noted. One watch of a table at a time. */
  watch(table: string): TableWatch {
    const watch = new TableWatch(() => this.#settled());
    this.#watches.set(table, watch);
    return watch;
  }

  unwatch(table: string, watch: TableWatch): void {
    if (this.#watches.get(table) === watch) this.#watches.delete(table);
    this.#settled();
  }

  /** The listener is called, synchronously, whenever the stream has come further. @returns what ends that. */
  onProgress(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls the listeners: something else that they wait for may have come true. */
  notify(): void {
    for (const listener of this.#listeners) listener();
  }

  #advance(lsn: bigint): void {
    if (lsn > this.#position) this.#position = lsn;
    this.notify();
  }

  #settled(): void {
    if (this.#room.size === 0 || this.isFull) return;
    for (const resolve of this.#room) resolve();
    this.#room.clear();
  }
}
