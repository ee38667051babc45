import { openLmdbFile } from "../lmdb-file.js";

/** The entry of a process that freezes while it writes to a cache file. */
const { root } = openLmdbFile(process.argv[2] ?? "", { readOnly: false });
await root.transaction(() => process.kill(process.pid, "SIGSTOP"));
