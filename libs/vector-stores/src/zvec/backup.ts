import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { InputRefusedError } from "../errors.js";
import type { StoreBackup } from "../embedded-store.js";
import { filesOf, manifestPath, type BackupManifest } from "./backup-manifest.js";
import { syncFile } from "./durable-files.js";
import { WorkerClient } from "./worker-client.js";
import type { OpenDirectory } from "./worker-protocol.js";

type Collections = BackupManifest["collections"];
type BackupFiles = BackupManifest["files"];

/** Ends the name of a folder that is no backup yet, or no more. */
export const UNFINISHED = ".unfinished";
const SECOND_MS = 1_000;
/** By which two clocks of one machine may differ. */
const CLOCK_MS = 50;

export interface BackupOptions {
  readonly worker: WorkerClient;
  /** The store's. */
  readonly directory: string;
  /** The folder of its backups. */
  readonly into: string;
}

/** See StoreFiles; one at a time. */
export async function backUp({ worker, directory, into }: BackupOptions): Promise<StoreBackup> {
  if (`${resolve(into)}${sep}`.startsWith(`${resolve(directory)}${sep}`)) {
    throw new InputRefusedError(`Backups can't lie in the store that they are of: choose another folder than ${into}.`);
  }
  const takenAt = new Date().toISOString();
  const path = join(into, takenAt.replaceAll(":", "-"));
  const unfinished = `${path}${UNFINISHED}`;
  await prepare(into, unfinished);
  try {
    const collections = await worker.call("copyTo", [unfinished]);
    await settle(unfinished, collections);
    const files = withoutStamped(await filesOf(unfinished), await afterReading(unfinished, collections));
    const manifest: BackupManifest = { version: 1, takenAt, collections, files };
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    await writeFile(manifestPath(unfinished), text, { mode: 0o600, flush: true });
    await syncFolders(unfinished);
    // Under this name there is a whole backup or nothing.
    await rename(unfinished, path);
    syncFile(into);
    return { path, takenAt, collections, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Opens the copy once as a store is opened that was killed, because what is only in a write-ahead log isn't there for
 * those who open it to read.
 */
async function settle(folder: string, collections: Collections): Promise<void> {
  await count({ directory: folder, readOnly: false }, collections);
}

/** The files once somebody has read them. */
async function afterReading(folder: string, collections: Collections): Promise<BackupFiles> {
  // The stamp that zvec left when it settled counts whole seconds: within the same one it wouldn't show.
  await delay(SECOND_MS - (Date.now() % SECOND_MS) + CLOCK_MS);
  await count({ directory: folder, readOnly: true }, collections);
  return filesOf(folder);
}

/** zvec writes the time into some files when it closes them, of those who read too: they keep their size alone. */
function withoutStamped(files: BackupFiles, afterReading: BackupFiles): BackupFiles {
  const known = new Map(afterReading.map(({ path, sha256 }) => [path, sha256]));
  return files.map((file) => (known.get(file.path) === file.sha256 ? file : { ...file, sha256: null }));
}

/** @throws when a collection hasn't the points that it should have. */
async function count(copied: OpenDirectory, collections: Collections): Promise<void> {
  const copy = await WorkerClient.open(copied);
  try {
    for (const { name, points } of collections) {
      const found = await copy.call("count", [name]);
      if (found !== points) {
        throw new Error(`The copy of the collection ${name} has ${found} points instead of ${points}: back up again.`);
      }
    }
  } finally {
    await copy.call("close", []);
  }
}

/** Also removes what was broken off. @throws {InputRefusedError} when backups can't be written there. */
async function prepare(into: string, folder: string): Promise<void> {
  try {
    await mkdir(into, { recursive: true, mode: 0o700 });
    for (const name of await readdir(into)) {
      if (name.endsWith(UNFINISHED)) await rm(join(into, name), { recursive: true, force: true });
    }
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    throw new InputRefusedError(
      `Backups can't be written to ${into} (${(error as NodeJS.ErrnoException).code ?? String(error)}): make it writable ` +
        `for the vector-sink, or set FRESHET_ZVEC_BACKUP_DIR to another directory.`,
      { cause: error },
    );
  }
}

async function syncFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) syncFile(join(entry.parentPath, entry.name));
  }
  syncFile(folder);
}
