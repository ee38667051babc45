import { openLmdbFile } from "./lmdb-file.js";

/** The entry of a process that opens a cache file for writing and ends with 0 when that succeeds. */
const [path = ""] = process.argv.slice(2);
openLmdbFile(path, { readOnly: false });
process.exit(0);
