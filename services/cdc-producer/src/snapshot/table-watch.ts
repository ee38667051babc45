import { ChunkWindow } from "./chunk-window.js";
import { Sight } from "./sight.js";

/** What the stream changes in one table while a snapshot of it runs. */
export class TableWatch {
  readonly #onSettled: () => void;
  /** Transactions that the stream has brought changes of, and that the latest snapshot doesn't see. */
  readonly #unseen = new Set<number>();
  /** Oldest first. */
  readonly #windows = new Set<ChunkWindow>();
  #latest: Sight | null = null;

  constructor(onSettled: () => void) {
    this.#onSettled = onSettled;
  }

  /** Of the keys kept by windows that wait for their rows. */
  get unsettledLength(): number {
    let length = 0;
    for (const window of this.#windows) length += window.unsettledLength;
    return length;
  }

  changed(key: string, xid: number): void {
    this.#note(xid, (window) => window.changed(key, xid));
  }

  truncated(xid: number): void {
    this.#note(xid, (window) => window.truncated(xid));
  }

  /** A snapshot was taken, later than those before: what it sees, all that follow see. */
  seen(snapshot: string): void {
    const sight = new Sight(snapshot);
    this.#latest = sight;
    for (const xid of this.#unseen) if (sight.sees(xid)) this.#unseen.delete(xid);
  }

  /** To be called before the chunk's snapshot is taken. */
  open(): ChunkWindow {
    const window = new ChunkWindow(this.#unseen, {
      onTaken: (snapshot) => this.seen(snapshot),
      onSettled: this.#onSettled,
      onClose: () => this.#windows.delete(window),
    });
    this.#windows.add(window);
    return window;
  }

  #note(xid: number, tell: (window: ChunkWindow) => void): void {
    const [oldest] = this.#windows;
    // So that little is kept while the stream catches up with what is long visible.
    if ((oldest ?? this.#latest)?.sees(xid) === true) return;
    if (this.#latest?.sees(xid) !== true) this.#unseen.add(xid);
    for (const window of this.#windows) tell(window);
  }
}
