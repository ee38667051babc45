import type { ChunkWindows } from "./chunk-windows.js";

/** A place in the WAL that the stream has to pass. */
export interface WalMark {
  /** Comes down when something before it is found to be enough. */
  readonly lsn: bigint;
}

export interface WalPassageOptions {
  readonly windows: ChunkWindows;
  /** Asks the server how far the stream is; it answers with a keepalive. */
  readonly requestKeepalive: () => void;
  /** The end of what is on the server's disk. */
  readonly readFlushed: () => Promise<bigint>;
  /** How long it takes at most until an asynchronous commit is on disk, in ms. */
  readonly flushDelayMs: number;
  readonly onFailure: (error: Error) => void;
}

interface OpenMark {
  lsn: bigint;
  readonly madeAt: number;
}

/** It grows while a place isn't reached: the stream may be hours behind. */
const FIRST_ASK_MS = 50;
const MAX_ASK_MS = 1_000;

/**
 * Sees to it that the stream passes places in the WAL also when nothing happens on the server.
 *
 * A WAL sender sends what is on disk, and the end of the WAL may stay off it for long: nothing flushes the last page
 * for a hint bit, and right behind a page's header there is nothing to be sent. So after the time in which each commit
 * is on disk for certain, the end of what is on disk then is enough: whatever a snapshot sees lies before it. (A
 * synchronous commit is on disk before it is visible, an asynchronous one after three cycles of the WAL writer,
 * https://www.postgresql.org/docs/current/wal-async-commit.html.)
 */
export class WalPassage {
  readonly #options: WalPassageOptions;
  readonly #marks = new Set<OpenMark>();
  #timer: NodeJS.Timeout | null = null;
  #wait = FIRST_ASK_MS;
  #reading = false;

  constructor(options: WalPassageOptions) {
    this.#options = options;
  }

  /** @param lsn read just now. */
  mark(lsn: bigint): WalMark {
    const mark = { lsn, madeAt: performance.now() };
    if (this.isPassed(mark)) return mark;
    this.#marks.add(mark);
    if (this.#timer === null) this.#ask();
    return mark;
  }

  isPassed(mark: WalMark): boolean {
    return mark.lsn <= this.#options.windows.position;
  }

  close(): void {
    this.#marks.clear();
    this.#stop();
  }

  #tick(): void {
    const before = this.#marks.size;
    for (const mark of this.#marks) if (this.isPassed(mark)) this.#marks.delete(mark);
    this.#wait = this.#marks.size < before ? FIRST_ASK_MS : Math.min(MAX_ASK_MS, this.#wait * 2);
    if (this.#marks.size === 0) {
      this.#stop();
      return;
    }
    this.#ask();
    this.#lower().catch((error: unknown) => this.#options.onFailure(error as Error));
  }

  #ask(): void {
    this.#options.requestKeepalive();
    this.#timer = setTimeout(() => this.#tick(), this.#wait);
  }

  async #lower(): Promise<void> {
    const due = performance.now() - this.#options.flushDelayMs;
    const old = [...this.#marks].filter(({ madeAt }) => madeAt <= due);
    if (old.length === 0 || this.#reading) return;
    this.#reading = true;
    try {
      const flushed = await this.#options.readFlushed();
      for (const mark of old) if (flushed < mark.lsn) mark.lsn = flushed;
    } finally {
      this.#reading = false;
    }
    this.#options.windows.notify();
  }

  #stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#wait = FIRST_ASK_MS;
  }
}
