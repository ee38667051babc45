import type { VectorStore } from "./vector-store.js";

/** A store whose files are this process's alone, so that what is done with them is done here. */
export interface EmbeddedStore extends VectorStore {
  readonly files: StoreFiles;
}

export interface StoreFiles {
  /**
   * Copies the store into a new folder of `into`, which is made if need be. Searches go on, writes wait. What is
   * interrupted leaves nothing that can be taken for a backup.
   *
   * @throws when a collection is damaged, or the copy doesn't have what the store has.
   */
  backUp(into: string): Promise<StoreBackup>;
  /**
   * Removes all but the newest backups from their folder, and nothing else that lies there.
   *
   * @param made the path of the newest one, whatever the clock says. @returns what it removed.
   */
  removeOldBackups(from: string, keep: number, made?: string): Promise<string[]>;
  /** When the backup was taken that the files come from, as ISO 8601, until `heedRestore`; null when they come from none. */
  restoredFrom(): Promise<string | null>;
  /** Somebody has seen to it that what the store got since that backup comes again. */
  heedRestore(): Promise<void>;
  /** Of the collections that can be read. */
  sizes(): Promise<CollectionSize[]>;
}

export interface StoreBackup {
  readonly path: string;
  /** ISO 8601. */
  readonly takenAt: string;
  readonly bytes: number;
  readonly collections: readonly { readonly name: string; readonly points: number }[];
}

export interface CollectionSize {
  readonly name: string;
  readonly points: number;
  /** The share of the points that the search index holds; the others are compared one by one. */
  readonly indexed: number;
  /** On the disk. */
  readonly bytes: number;
}

export function isEmbedded(store: VectorStore): store is EmbeddedStore {
  return store.capabilities.singleProcess && "files" in store;
}
