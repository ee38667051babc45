import type { Embedding } from "../embedding-model.js";

/** What texts became before, by text hash, so that no text is paid for twice. */
export interface EmbeddingCache {
  /** One answer for each hash, in order; undefined for what isn't known, or not any more. */
  get(textHashes: readonly string[]): (Embedding | undefined)[];
  /** Resolves when they are kept. One that is lost later costs an inference and nothing else. */
  put(entries: ReadonlyMap<string, Embedding>): Promise<void>;
  close(): Promise<void>;
}
