import { existsSync } from "node:fs";
import { cp, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { checkBackup, filesOf, type BackupManifest } from "./backup-manifest.js";
import { lockDirectory } from "./directory-lock.js";
import { syncFile } from "./durable-files.js";
import { prepareDirectory } from "./store-directory.js";

export interface RestoreOptions {
  /** The store's, which no process has open. */
  readonly directory: string;
  readonly backup: string;
}

export interface Restored {
  readonly manifest: BackupManifest;
  /** Where what was in the store's directory lies now; null when nothing was. */
  readonly before: string | null;
}

/**
 * Puts a copy of a backup in the place of a store's directory. Broken off, it leaves what was there, or nothing under
 * the store's name.
 *
 * @throws with a sentence when the backup is damaged, or a process has the store open.
 */
export async function restoreZvecStore({ directory, backup }: RestoreOptions): Promise<Restored> {
  const manifest = await checkBackup(backup);
  const copy = `${directory}.restoring`;
  await rm(copy, { recursive: true, force: true });
  prepareDirectory(copy);
  await cp(backup, copy, { recursive: true });
  // Durable before it is in place.
  await filesOf(copy);
  const before = existsSync(directory) ? `${directory}.before-${new Date().toISOString().replaceAll(":", "-")}` : null;
  if (before !== null) {
    const lock = lockDirectory(directory, { readOnly: false });
    try {
      await rename(directory, before);
    } finally {
      lock.release();
    }
  }
  await rename(copy, directory);
  syncFile(dirname(directory));
  return { manifest, before };
}
