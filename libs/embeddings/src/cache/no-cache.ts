import { randomUUID } from "node:crypto";
import type { Embedding } from "../embedding-model.js";
import type { CacheNotes, CacheSize, EmbeddingCache } from "./embedding-cache.js";

/** Where no cache can be had: forgets every text at once, and its notes with the process. */
export class NoCache implements EmbeddingCache {
  readonly notes: CacheNotes = new ProcessNotes();

  get(textHashes: readonly string[]): (Embedding | undefined)[] {
    return textHashes.map(() => undefined);
  }

  put(): Promise<void> {
    return Promise.resolve();
  }

  size(): CacheSize {
    return { entries: 0, bytes: 0 };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class ProcessNotes implements CacheNotes {
  readonly id = randomUUID();
  readonly #notes = new Map<string, string>();

  read(name: string): string | undefined {
    return this.#notes.get(name);
  }

  update(name: string, change: (noted: string | undefined) => string): Promise<string> {
    const text = change(this.#notes.get(name));
    this.#notes.set(name, text);
    return Promise.resolve(text);
  }
}
