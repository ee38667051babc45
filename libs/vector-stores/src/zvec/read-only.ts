import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/**
 * Whoever opens a store to read only doesn't get what zvec has only in a write-ahead log, and isn't told either.
 *
 * @throws with a sentence when there is no store, or it has such a log.
 */
export function requireReadable(directory: string): void {
  if (!existsSync(join(directory, "catalog.json"))) throw new Error(`There is no zvec store in ${directory}.`);
  for (const path of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    if (basename(path).endsWith(".wal") && statSync(join(directory, path)).size > 0) {
      throw new Error(
        `The zvec store in ${directory} can't be opened to read only, because its vector-sink is running or was killed: ` +
          `stop it cleanly, or open a backup.`,
      );
    }
  }
}

export function readOnly(directory: string): Error {
  return new Error(`The zvec store in ${directory} is open to read only: nothing in it can be changed.`);
}
