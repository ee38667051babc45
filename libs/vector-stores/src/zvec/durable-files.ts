import { closeSync, fsyncSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Makes what the operating system was given of a folder's files outlive the machine's power too. */
export function syncFiles(folder: string, isWanted: (name: string) => boolean): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (isWanted(name)) syncFile(join(folder, name));
  }
}

/** A file or a folder; one that is gone needs it no more. */
export function syncFile(path: string): void {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
