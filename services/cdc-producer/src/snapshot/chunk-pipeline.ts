import { delay } from "@freshet/streaming/back-off";
import { Bell } from "@freshet/streaming/bell";
import type { OutgoingRecord } from "@freshet/streaming/message";
import type { EventFormat } from "../events/event-format.js";
import type { RecordOutlet } from "../events/record-outlet.js";
import type { ChunkBudget } from "./chunk-budget.js";
import { chunkKeys, chunkRecords, currentRows } from "./chunk-records.js";
import type { ChunkWindow } from "./chunk-window.js";
import type { ChunkWindows } from "./chunk-windows.js";
import { nextSelection, type Selection } from "./selection.js";
import type { Chunk } from "./chunk.js";
import { ChunkUnreadableError, type TableReader } from "./table-reader.js";
import type { TableWatch } from "./table-watch.js";
import type { WalMark, WalPassage } from "./wal-passage.js";

/** What all snapshots of a session share. */
export interface SnapshotStream {
  readonly database: string;
  readonly epoch: number;
  readonly windows: ChunkWindows;
  readonly passage: WalPassage;
  readonly budget: ChunkBudget;
  readonly outlet: RecordOutlet;
  readonly format: EventFormat;
}

export interface ChunkPipelineOptions {
  readonly stream: SnapshotStream;
  readonly reader: TableReader;
  readonly watch: TableWatch;
  /** Null: nothing is left to be read. */
  readonly first: Selection | null;
  /** Called, in order, once Kafka has a chunk's rows, less those that were left out. */
  readonly onDelivered: (chunk: Chunk, sentRows: number) => void;
  /** A chunk couldn't be read just now, for this reason. */
  readonly onTrouble: (error: ChunkUnreadableError) => void;
  readonly signal: AbortSignal;
}

interface ReadChunk {
  readonly selection: Selection;
  readonly chunk: Chunk;
  readonly window: ChunkWindow;
  readonly readAt: number;
  readonly mark: WalMark;
}

interface SentChunk {
  readonly chunk: Chunk;
  readonly rows: number;
  /** Of its records, in characters. */
  readonly length: number;
  delivered: boolean;
}

const MAX_CHUNKS_AHEAD = 16;
const FIRST_RETRY_MS = 10;
const MAX_RETRY_MS = 500;
/** A commit is visible at once, unless it waits for a standby. */
const RETRIES_UNTIL_TOLD = 6;

/** Reads chunks ahead, and puts each into the stream when its time has come. */
export class ChunkPipeline {
  readonly #options: ChunkPipelineOptions;
  readonly #changed = new Bell();
  /** Read, and waiting for the stream, in order. */
  readonly #waiting: ReadChunk[] = [];
  /** Put into the stream, in order; true once all its records are delivered. */
  readonly #sent: SentChunk[] = [];
  #next: Selection | null;
  /** Chunks were discarded: what is being read now is of no use. */
  #discards = 0;
  #failure: Error | null = null;
  #awaitsRoom = false;
  /** The last chunk couldn't be read, and that has been told. */
  #unreadable = false;

  constructor(options: ChunkPipelineOptions) {
    this.#options = options;
    this.#next = options.first;
  }

  /** Resolves when Kafka has all rows. @throws what Postgres answered. @throws the signal's reason. */
  async run(): Promise<void> {
    const { stream, signal } = this.#options;
    const forget = stream.windows.onProgress(() => this.#progress());
    try {
      for (let retries = 0; ;) {
        this.#progress();
        if (this.#failure) throw this.#failure;
        signal.throwIfAborted();
        if (this.#mayRead()) {
          const done = await this.#read();
          retries = done ? 0 : retries + 1;
          if (retries === RETRIES_UNTIL_TOLD) this.#tellOfCommit();
          if (!done) await delay(Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(retries, 10)), signal);
        } else if (this.#next === null && this.#waiting.length === 0 && this.#sent.length === 0) {
          return;
        } else {
          await this.#changed.wait({ signal });
        }
      }
    } finally {
      forget();
      this.#discard();
    }
  }

  #mayRead(): boolean {
    if (this.#next === null || this.#waiting.length >= MAX_CHUNKS_AHEAD) return false;
    return this.#waiting.length === 0 || this.#options.stream.budget.mayRead;
  }

  /** False when the chunk has to be read later. */
  async #read(): Promise<boolean> {
    const selection = this.#next;
    if (selection === null) return true;
    const { stream, reader, watch, onTrouble } = this.#options;
    this.#unreadable = false;
    const discards = this.#discards;
    const opened: ChunkWindow[] = [];
    const closeWindows = () => {
      for (const window of opened) window.close();
    };
    let window: ChunkWindow | undefined;
    let mark: WalMark | undefined;
    try {
      const chunk = await reader.read(selection, {
        before: () => {
          window = watch.open();
          opened.push(window);
        },
        taken: (snapshot, walEnd) => {
          mark = stream.passage.mark(walEnd);
          return window?.taken(snapshot) ?? false;
        },
      });
      if (chunk === null || window === undefined || mark === undefined || discards !== this.#discards) {
        closeWindows();
        return discards !== this.#discards;
      }
      window.read(chunkKeys(chunk));
      stream.budget.read(chunk.length);
      this.#waiting.push({ selection, chunk, window, mark, readAt: Date.now() });
      this.#next = nextSelection(selection, chunk);
      return true;
    } catch (error) {
      closeWindows();
      if (!(error instanceof ChunkUnreadableError)) throw error;
      this.#unreadable = true;
      onTrouble(error);
      return false;
    }
  }

  #tellOfCommit(): void {
    if (this.#unreadable) return;
    const text = "a commit that the stream has brought isn't visible yet, so it waits for a synchronous standby";
    this.#options.onTrouble(new ChunkUnreadableError(text));
  }

  /** Synchronous, and called by the stream too: what it puts in stands between two transactions. */
  #progress(): void {
    try {
      while (this.#failure === null && this.#mayPut()) this.#put();
    } catch (error) {
      this.#failure = error as Error;
    }
    this.#changed.ring();
  }

  #mayPut(): boolean {
    const { windows, passage, budget, outlet } = this.#options.stream;
    const [head] = this.#waiting;
    if (head === undefined || !windows.isBetweenTransactions || !passage.isPassed(head.mark)) return false;
    if (outlet.isFull) this.#awaitRoom();
    return !outlet.isFull && budget.maySend;
  }

  #put(): void {
    const [head] = this.#waiting;
    if (head === undefined) return;
    if (head.window.isTruncated) {
      this.#next = head.selection;
      this.#discard();
      return;
    }
    this.#waiting.shift();
    const { selection, chunk, window, readAt } = head;
    const { database, epoch, windows, budget, outlet, format } = this.#options.stream;
    const position = { epoch, commitLsn: windows.position, seq: 0 };
    const origin = {
      ...{ database, txId: null, lsn: windows.position, committedAt: readAt, position },
      ...{ snapshot: true, ...(selection.kind === "keys" ? { repair: true as const } : {}) },
    };
    const current = { ...chunk, ...currentRows(chunk, window) };
    window.close();
    budget.released(chunk.length);
    let length = 0;
    let last: OutgoingRecord | null = null;
    for (const record of chunkRecords(current, format, origin)) {
      if (last !== null) outlet.offer(last);
      last = record;
      length += record.value?.length ?? 0;
    }
    budget.sent(length);
    const sent = { chunk, rows: current.rows.length, length, delivered: last === null };
    this.#sent.push(sent);
    if (last === null) {
      this.#delivered();
      return;
    }
    outlet.offer(last, () => {
      sent.delivered = true;
      this.#delivered();
    });
  }

  #delivered(): void {
    const { stream, onDelivered } = this.#options;
    for (let first = this.#sent[0]; first?.delivered === true; first = this.#sent[0]) {
      this.#sent.shift();
      onDelivered(first.chunk, first.rows);
      stream.budget.delivered(first.length);
    }
  }

  /** All that waits is read again. */
  #discard(): void {
    this.#discards += 1;
    for (const { chunk, window } of this.#waiting.splice(0)) {
      window.close();
      this.#options.stream.budget.released(chunk.length);
    }
  }

  #awaitRoom(): void {
    if (this.#awaitsRoom) return;
    this.#awaitsRoom = true;
    this.#options.stream.outlet.ready().then(
      () => {
        this.#awaitsRoom = false;
        this.#progress();
      },
      (error: unknown) => {
        this.#failure = error as Error;
        this.#changed.ring();
      },
    );
  }
}
