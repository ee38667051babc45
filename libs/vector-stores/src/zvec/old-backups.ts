import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { UNFINISHED } from "./backup.js";
import { readManifest } from "./backup-manifest.js";

/** What `backUp` names them by: when they were taken, which is in the order of the names. */
const NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/;

/** See StoreFiles. */
export async function removeOldBackups(from: string, keep: number, made?: string): Promise<string[]> {
  const names = (await readdir(from)).filter((name) => NAME.test(name)).sort();
  const whole: string[] = [];
  for (const name of names) {
    const path = join(from, name);
    // What can't be read isn't counted, and left to a person.
    if ((await readManifest(path).catch(() => null)) !== null) whole.push(path);
  }
  // Also when a clock was ahead that named others.
  whole.sort((one, other) => Number(one === made) - Number(other === made));
  const old = whole.slice(0, Math.max(0, whole.length - keep));
  for (const path of old) {
    // So that half of it is never taken for a backup; the next backup removes what is left behind.
    await rename(path, `${path}${UNFINISHED}`);
    await rm(`${path}${UNFINISHED}`, { recursive: true, force: true });
  }
  return old;
}
