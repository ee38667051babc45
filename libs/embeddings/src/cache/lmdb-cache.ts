import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Embedding } from "../embedding-model.js";
import { decodeEntry, encodeEntry } from "./cache-entry.js";
import type { CacheNotes, CacheSize, EmbeddingCache } from "./embedding-cache.js";
import { writeFailure } from "./write-failure.js";
import { openLmdbFile, tableSize, type LmdbFile } from "./lmdb-file.js";

export interface LmdbCacheOptions {
  readonly path: string;
  /** Of the file, about. */
  readonly maxBytes: number;
  /** Told in a sentence what went wrong, which was no reason to stop. */
  readonly onTrouble: (sentence: string) => void;
  readonly onEvicted: (entries: number) => void;
}

/** Of the file's size; the rest is for pages that are free, or still held by a reader. */
const GENERATION_SHARE = 0.35;
/** What waits to be written while somebody else writes, or the disk is slow; what comes beyond isn't kept. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** After a write that failed: a full disk isn't asked at every text. */
const WRITE_PAUSE_MS = 30_000;
/** A process that is frozen while it writes keeps LMDB's lock, and nobody else has to stand still with it. */
const WRITE_PATIENCE_MS = 2_000;
const CLOSE_TIMEOUT_MS = 3_000;
const CURRENT = "current generation";
const ID = "id";

/**
 * Embeddings in one memory-mapped file, which processes and threads of this machine share.
 *
 * There are two generations. New entries go to the current one; when it is full, the other one is emptied and becomes
 * the current, so what wasn't asked for while a whole generation filled is forgotten. What is asked for and found in the
 * older one only is written to the current one. Each write looks which is which inside its own transaction, of which
 * LMDB has one at a time, so it doesn't matter who else does the same.
 */
export class LmdbCache implements EmbeddingCache {
  readonly notes: CacheNotes;
  readonly #options: LmdbCacheOptions;
  readonly #file: LmdbFile;
  readonly #writes = new Set<Promise<void>>();
  #waitingBytes = 0;
  /** In the clock of `performance`. */
  #writesAgainAt = 0;
  #closed = false;

  /** @throws {Error} when the file can't be opened. */
  static async open(options: LmdbCacheOptions): Promise<LmdbCache> {
    const file = openLmdbFile(options.path, { readOnly: false });
    const id = await noteOnce(file, ID, randomUUID());
    return new LmdbCache(options, file, id);
  }

  private constructor(options: LmdbCacheOptions, file: LmdbFile, id: string) {
    this.#options = options;
    this.#file = file;
    this.notes = {
      id,
      read: (name) => file.notes.get(noteKey(name)),
      update: (name, change) => updateNote(file, noteKey(name), change),
    };
  }

  get(textHashes: readonly string[]): (Embedding | undefined)[] {
    if (this.#closed) return textHashes.map(() => undefined);
    const older = new Map<string, Embedding>();
    try {
      const current = this.#current();
      return textHashes.map((hash) => {
        const known = this.#read(current, hash);
        if (known) return known;
        const found = this.#read(other(current), hash);
        if (found) older.set(hash, found);
        return found;
      });
    } catch (error) {
      this.#complain("read", error instanceof Error ? error.message : String(error));
      return textHashes.map(() => undefined);
    } finally {
      if (older.size > 0) void this.put(older);
    }
  }

  async put(entries: ReadonlyMap<string, Embedding>): Promise<void> {
    if (this.#closed || entries.size === 0 || this.#waitingBytes > MAX_WAITING_BYTES) return;
    if (performance.now() < this.#writesAgainAt) return;
    const encoded = [...entries].map(([hash, embedding]) => [hash, encodeEntry(hash, embedding)] as const);
    const bytes = encoded.reduce((sum, [, entry]) => sum + entry.byteLength, 0);
    this.#waitingBytes += bytes;
    const write = this.#write(encoded).finally(() => {
      this.#writes.delete(write);
      this.#waitingBytes -= bytes;
    });
    this.#writes.add(write);
    if (!(await within(WRITE_PATIENCE_MS, write))) this.#pauseWrites("another process doesn't end its write");
  }

  size(): CacheSize {
    if (this.#closed) return { entries: 0, bytes: 0 };
    const [one, two] = this.#file.generations.map(tableSize);
    return {
      entries: (one?.entries ?? 0) + (two?.entries ?? 0),
      bytes: (one?.bytes ?? 0) + (two?.bytes ?? 0),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await within(CLOSE_TIMEOUT_MS, Promise.all(this.#writes));
    // After a write that failed, lmdb waits for ever.
    await within(CLOSE_TIMEOUT_MS, this.#file.root.close());
  }

  #read(generation: Generation, hash: string): Embedding | undefined {
    const entry = this.#file.generations[generation].getBinaryFast(hash);
    return (entry && decodeEntry(hash, entry)) ?? undefined;
  }

  async #write(entries: readonly (readonly [hash: string, entry: Buffer])[]): Promise<void> {
    try {
      const { root, generations } = this.#file;
      // A process that was killed while it read would keep what is emptied from being used again. Costs microseconds.
      root.readerCheck();
      const evicted = await root.transaction(() => {
        let count = 0;
        for (const [hash, entry] of entries) {
          count += this.#rotateWhenFull();
          generations[this.#current()].putSync(hash, entry);
        }
        return count;
      });
      if (evicted > 0) this.#options.onEvicted(evicted);
    } catch (error) {
      this.#pauseWrites(await writeFailure(error));
    }
  }

  #pauseWrites(reason: string): void {
    if (performance.now() < this.#writesAgainAt) return;
    this.#writesAgainAt = performance.now() + WRITE_PAUSE_MS;
    this.#complain("written", reason);
  }

  /** Inside a transaction. @returns how many entries are forgotten. */
  #rotateWhenFull(): number {
    const { generations, notes } = this.#file;
    const current = this.#current();
    if (tableSize(generations[current]).bytes < this.#options.maxBytes * GENERATION_SHARE) return 0;
    const older = generations[other(current)];
    const { entries } = tableSize(older);
    older.clearSync();
    notes.putSync(CURRENT, String(other(current)));
    return entries;
  }

  #current(): Generation {
    return this.#file.notes.get(CURRENT) === "1" ? 1 : 0;
  }

  #complain(done: "read" | "written", reason: string): void {
    this.#options.onTrouble(
      `The embedding cache ${this.#options.path} can't be ${done} just now (${reason}); texts may be paid for again.`,
    );
  }
}

type Generation = 0 | 1;

function other(generation: Generation): Generation {
  return generation === 0 ? 1 : 0;
}

/** What others note can't be mistaken for what the cache itself does. */
function noteKey(name: string): string {
  return `note ${name}`;
}

async function updateNote(file: LmdbFile, key: string, change: (noted?: string) => string): Promise<string> {
  let text = "";
  try {
    const write = file.root.transaction(() => {
      text = change(file.notes.get(key));
      file.notes.putSync(key, text);
    });
    if (await within(WRITE_PATIENCE_MS, write)) return text;
  } catch (error) {
    throw new Error(`The note can't be kept: ${await writeFailure(error)}.`, { cause: error });
  }
  throw new Error("The note can't be kept: another process doesn't end its write.");
}

/** @returns whether it is done in time; what it is goes on. @throws what it fails with in time. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const timeUp = new AbortController();
  const late = delay(ms, false, { signal: timeUp.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timeUp.abort();
    // What fails later has been given up.
    work.catch(() => undefined);
  }
}

function noteOnce(file: LmdbFile, key: string, text: string): Promise<string> {
  return updateNote(file, key, (noted) => noted ?? text);
}
