import type { Embedding } from "../embedding-model.js";

/** What texts became before, by text hash, so that no text is paid for twice. */
export interface EmbeddingCache {
  /** One answer for each hash, in order; undefined for what isn't known, or not any more. */
  get(textHashes: readonly string[]): (Embedding | undefined)[];
  /** Resolves when they are kept. One that is lost later costs an inference and nothing else; so it never rejects. */
  put(entries: ReadonlyMap<string, Embedding>): Promise<void>;
  /** What it takes just now. */
  size(): CacheSize;
  readonly notes: CacheNotes;
  /** Keeps first what is still on its way. */
  close(): Promise<void>;
}

export interface CacheSize {
  readonly entries: number;
  readonly bytes: number;
}

/** Short texts that live and die with the cache, shared like it. */
export interface CacheNotes {
  /** Random. A cache that had to be started anew is another one. */
  readonly id: string;
  read(name: string): string | undefined;
  /**
   * Nobody else changes the note meanwhile.
   *
   * @returns what it says now. @throws {Error} when it can't be kept.
   */
  update(name: string, change: (noted: string | undefined) => string): Promise<string>;
}
