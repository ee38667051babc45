import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { CollectionSize, StoreBackup, StoreFiles } from "../embedded-store.js";
import { backUp } from "./backup.js";
import { manifestPath, readManifest } from "./backup-manifest.js";
import { folderName } from "./catalog.js";
import { syncFile } from "./durable-files.js";
import { removeOldBackups } from "./old-backups.js";
import type { WorkerClient } from "./worker-client.js";

/** Of `stat`, whatever the file system's own are. */
const BLOCK_BYTES = 512;

export class ZvecFiles implements StoreFiles {
  readonly #worker: WorkerClient;
  readonly #directory: string;
  #backingUp: Promise<StoreBackup> | undefined;

  constructor(worker: WorkerClient, directory: string) {
    this.#worker = worker;
    this.#directory = directory;
  }

  /** Who asks while one is under way gets that one. */
  backUp(into: string): Promise<StoreBackup> {
    const options = { worker: this.#worker, directory: this.#directory, into };
    return (this.#backingUp ??= backUp(options).finally(() => (this.#backingUp = undefined)));
  }

  removeOldBackups(from: string, keep: number, made?: string): Promise<string[]> {
    return removeOldBackups(from, keep, made);
  }

  async restoredFrom(): Promise<string | null> {
    return (await readManifest(this.#directory))?.takenAt ?? null;
  }

  async heedRestore(): Promise<void> {
    await rm(manifestPath(this.#directory), { force: true });
    syncFile(this.#directory);
  }

  async sizes(): Promise<CollectionSize[]> {
    const names = await this.#worker.call("list", []);
    const sizes = await Promise.all(names.map((name) => this.#size(name).catch(() => [])));
    return sizes.flat();
  }

  async #size(name: string): Promise<CollectionSize[]> {
    const [stored, points, indexed] = await Promise.all([
      this.#worker.call("stored", [name]),
      this.#worker.call("count", [name]),
      this.#worker.call("indexed", [name]),
    ]);
    return [{ name, points, indexed, bytes: await bytesIn(join(this.#directory, folderName(stored))) }];
  }
}

async function bytesIn(folder: string): Promise<number> {
  const paths = await readdir(folder, { recursive: true });
  // Some may go while they are looked at.
  const blocks = paths.map((path) =>
    stat(join(folder, path)).then(
      ({ blocks }) => blocks,
      () => 0,
    ),
  );
  return (await Promise.all(blocks)).reduce((sum, count) => sum + count * BLOCK_BYTES, 0);
}
