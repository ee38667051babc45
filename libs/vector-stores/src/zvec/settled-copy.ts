import { constants } from "node:fs";
import { copyFile, mkdir, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StoreUnavailableError } from "../errors.js";

const MAX_ROUNDS = 20;

/**
 * Copies a folder that nobody writes into, but in which the storage engines below may still tidy up: until it is the
 * same before and after a round. Not by hard links, as zvec appends to its files and writes into them.
 *
 * @param isWanted by a path within the folder. @throws {StoreUnavailableError} when it doesn't come to rest.
 */
export async function settledCopy(from: string, to: string, isWanted: (path: string) => boolean): Promise<void> {
  let copied: ReadonlyMap<string, string> = new Map();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await stamps(from, isWanted);
    const changed = [...found].filter(([path, stamp]) => copied.get(path) !== stamp);
    const gone = [...copied.keys()].filter((path) => !found.has(path));
    if (round > 0 && changed.length === 0 && gone.length === 0) return;
    for (const path of gone) await rm(join(to, path), { force: true });
    for (const [path] of changed) await copy(join(from, path), join(to, path));
    copied = found;
  }
  throw new StoreUnavailableError(`The files in ${from} don't come to rest; try again.`);
}

/** What tells whether a file was changed, by its path within the folder. */
async function stamps(folder: string, isWanted: (path: string) => boolean): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const path of await readdir(folder, { recursive: true })) {
    if (!isWanted(path)) continue;
    const entry = await stat(join(folder, path), { bigint: true }).catch(unlessGone);
    if (entry?.isFile() === true) found.set(path, `${entry.ino} ${entry.size} ${entry.mtimeNs}`);
  }
  return found;
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  // Shares the blocks until they are changed, where the file system can.
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") {
      throw new StoreUnavailableError(`The disk of ${dirname(to)} is full: make room there.`, { cause: error });
    }
    unlessGone(error as NodeJS.ErrnoException);
  }
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
