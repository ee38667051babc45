import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";

const ABANDONED_AFTER_MS = 3_600_000;

/** Where downloads are kept between runs, when the environment doesn't say otherwise. */
export function cacheDirectory(environment: { XDG_CACHE_HOME?: string | undefined } = {}): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "freshet");
}

/**
 * Runs `fill` on a new empty folder beside `destination` (so that what it lays there can be renamed into place, which either
 * happens wholly or not at all), and removes the folder afterwards.
 */
export async function withStagingFolder<T>(destination: string, fill: (folder: string) => Promise<T>): Promise<T> {
  const parent = dirname(destination);
  const prefix = `.${basename(destination)}-`;
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent, prefix);
  const folder = await mkdtemp(join(parent, prefix));
  try {
    return await fill(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A download that was broken off by SIGKILL leaves its folder; one that is under way is younger. */
async function removeAbandoned(parent: string, prefix: string): Promise<void> {
  for (const name of (await readdir(parent)).filter((entry) => entry.startsWith(prefix))) {
    const path = join(parent, name);
    const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Renames a complete folder into place; where another process was faster, that one's stays. */
export async function moveFolderIntoPlace(source: string, destination: string): Promise<void> {
  try {
    await rename(source, destination);
  } catch (error) {
    if (!existsSync(destination)) throw error;
  }
}
