import { open, type Database, type RootDatabase } from "lmdb";

/** Entries of texts, or what is noted beside them. */
type Entries = Database<Buffer, string>;

export interface LmdbFile {
  readonly root: RootDatabase<Buffer, string>;
  /** One is filled; the other holds what was filled before. */
  readonly generations: readonly [Entries, Entries];
  readonly notes: Database<string, string>;
}

/** lmdb's own type leaves out the files' mode. */
interface FileOptions {
  readonly readOnly: boolean;
  readonly permissionsMode: number;
}

/**
 * Three tables in one file, so that a transaction over all of them is one.
 *
 * @throws {Error} when it is no LMDB file, or can't be opened. One that is damaged may end the process: LMDB trusts its
 * pages.
 */
export function openLmdbFile(path: string, { readOnly }: { readonly readOnly: boolean }): LmdbFile {
  const options: FileOptions = { readOnly, permissionsMode: 0o600 };
  const root = open<Buffer, string>(path, {
    ...options,
    encoding: "binary",
    noSubdir: true,
    maxDbs: 3,
    // A commit ends when it is on the disk, as LMDB itself does it: else pages wait for that before they are used again.
    overlappingSync: false,
    // Such a batch has a promise of its own, which nobody can catch: a full disk would end the process.
    eventTurnBatching: false,
  });
  const generation = (name: string): Entries => root.openDB<Buffer, string>(name, { encoding: "binary" });
  return {
    root,
    generations: [generation("generation 0"), generation("generation 1")],
    notes: root.openDB<string, string>("notes", { encoding: "string" }),
  };
}

/** What a table takes of the file, in bytes. Costs microseconds: LMDB keeps count. */
export function tableSize(table: Entries): { readonly entries: number; readonly bytes: number } {
  const stats = table.getStats() as Readonly<Record<string, number>>;
  const count = (name: string) => stats[name] ?? 0;
  const pages = count("treeBranchPageCount") + count("treeLeafPageCount") + count("overflowPages");
  return { entries: count("entryCount"), bytes: pages * count("pageSize") };
}
