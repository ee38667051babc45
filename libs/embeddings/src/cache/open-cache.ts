import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isDamaged } from "./damage.js";
import type { EmbeddingCache } from "./embedding-cache.js";
import { LmdbCache, type LmdbCacheOptions } from "./lmdb-cache.js";
import { NoCache } from "./no-cache.js";

export interface CacheOptions extends Omit<LmdbCacheOptions, "path"> {
  /** Made when it isn't there, for this user alone. Several processes may use the same one. */
  readonly folder: string;
}

/** The name changes with the format: a file of another version is left alone. */
const FILE = "embeddings-1.mdb";
/** Beyond `maxBytes`: a reader that is killed while it reads holds pages back for some minutes. */
const TOLERANCE = 1.25;
const CHECK = new URL("../../dist/cache/check-process.js", import.meta.url);
const PROBE = new URL("../../dist/cache/write-probe-process.js", import.meta.url);
const PROBE_TIMEOUT_MS = 10_000;

/**
 * A cache never keeps a service from its work: a damaged file is started anew, and where none can be opened nothing is
 * kept. `onTrouble` is told so.
 */
export async function openEmbeddingCache({ folder, ...options }: CacheOptions): Promise<EmbeddingCache> {
  const path = join(folder, FILE);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const flaw = await findFlaw(path, options.maxBytes);
    if (flaw !== null) {
      options.onTrouble(`The embedding cache ${path} ${flaw}, so it is started anew.`);
      // Who has it open keeps what it has until it is closed there.
      for (const file of [path, `${path}-lock`]) await rm(file, { force: true });
    }
    await requireWritable(path);
    return await LmdbCache.open({ ...options, path });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    options.onTrouble(
      `The embedding cache ${path} can't be opened (${reason}), so nothing is kept: ` +
        `make the folder writable for this user, or set FRESHET_CACHE_DIR to another one.`,
    );
    return new NoCache();
  }
}

/** Null: nothing stands against using it. */
async function findFlaw(path: string, maxBytes: number): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return null;
  // The file of a cache never shrinks.
  if (found.size > maxBytes * TOLERANCE) return `has ${found.size} bytes, more than the ${maxBytes} that it may have`;
  const check = fork(CHECK, [path], { execArgv: [], stdio: "ignore" });
  const [code, signal] = (await once(check, "exit")) as [number | null, NodeJS.Signals | null];
  return isDamaged(code, signal) ? `is damaged (its check ended with ${signal ?? `code ${code}`})` : null;
}

/**
 * To open a file for writing takes LMDB's lock, and waits for it with the whole thread: a process tries it that can be
 * killed.
 *
 * @throws {Error} when somebody keeps the lock, or the file can't be written.
 */
async function requireWritable(path: string): Promise<void> {
  const probe = fork(PROBE, [path], {
    execArgv: [],
    stdio: "ignore",
    timeout: PROBE_TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  const [code, signal] = (await once(probe, "exit")) as [number | null, NodeJS.Signals | null];
  if (signal === "SIGKILL") throw new Error("another process has it locked and doesn't go on: wake or end it");
  if (code !== 0) throw new Error(`it can't be written: a try ended with ${signal ?? `code ${code}`}`);
}
