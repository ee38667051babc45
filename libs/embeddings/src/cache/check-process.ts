import { decodeEntry } from "./cache-entry.js";
import { DAMAGED } from "./damage.js";
import { openLmdbFile, tableSize } from "./lmdb-file.js";

/**
 * The entry of a process that reads a whole cache file and ends with 0 when nothing is wrong with it, and with
 * `DAMAGED` when something is. It's a process, because a damaged file can end one: LMDB trusts the pages that it maps.
 */
const [path = ""] = process.argv.slice(2);

function isWhole(): boolean {
  const { generations } = openLmdbFile(path, { readOnly: true });
  return generations.every((generation) => {
    let entries = 0;
    for (const { key, value } of generation.getRange()) {
      if (decodeEntry(key, value) === null) return false;
      entries++;
    }
    return entries === tableSize(generation).entries;
  });
}

try {
  process.exit(isWhole() ? 0 : DAMAGED);
} catch {
  process.exit(DAMAGED);
}
