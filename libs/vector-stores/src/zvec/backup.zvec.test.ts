import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished, vi } from "vitest";
import { axis, point, VECTORS, write } from "../contract/sample.js";
import { checkBackup } from "./backup-manifest.js";
import { restoreZvecStore } from "./restore.js";
import { openZvecStore, type ZvecOptions } from "./store.js";

const BATCH = 300;

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "freshet-zvec-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function open(options: ZvecOptions) {
  const store = await openZvecStore(options);
  onTestFinished(() => store.close());
  return store;
}

/** With 300 points in the index and 300 that are only in zvec's write-ahead log. */
async function filledStore(directory: string) {
  const store = await open({ directory });
  await store.ensureCollection({ name: "books", ...VECTORS });
  await store.swapAlias("library", "books");
  await write(store, "books", { upserts: points(0) });
  await store.finishLoad("books");
  await write(store, "books", { upserts: points(1) });
  return store;
}

function points(batch: number) {
  return Array.from({ length: BATCH }, (_, id) => point({ key: { batch, id } }));
}

it("copies a store between two writes, while searches go on; others may read the copy, and nobody writes into it", async () => {
  const folder = await newFolder();
  const store = await filledStore(join(folder, "store"));
  // What is under way when the backup is asked for.
  const backup = store.files.backUp(join(folder, "backups"));
  const writes: number[] = [];
  const writing = (async () => {
    for (let batch = 2; batch < 12; batch += 1) {
      await write(store, "books", { upserts: points(batch) });
      writes.push(batch);
    }
  })();
  const request = { vector: axis(1), k: 5 };
  expect(await store.search("books", request)).toHaveLength(5);
  const { path, collections } = await backup;
  await writing;
  expect(writes).toHaveLength(10);
  expect(await store.count("books")).toBe(12 * BATCH);

  const held = collections[0]?.points ?? 0;
  expect(collections).toEqual([{ name: "books", points: held }]);
  expect(held % BATCH).toBe(0);
  expect(await readdir(join(folder, "backups"))).toEqual([path.slice(join(folder, "backups").length + 1)]);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  const copy = await open({ directory: path, readOnly: true });
  const other = await open({ directory: path, readOnly: true });
  expect(await other.count("books")).toBe(held);
  expect(await copy.resolveAlias("library")).toBe("books");
  const whole = await copy.retrieve(
    "books",
    points(1).map(({ id }) => id),
  );
  expect(whole.size).toBe(BATCH);
  expect(await copy.search("books", request)).toHaveLength(5);
  const sentence = /is open to read only: nothing in it can be changed/;
  await expect(write(copy, "books", { upserts: points(0) })).rejects.toThrow(sentence);
  await expect(copy.drop("books")).rejects.toThrow(sentence);
  await expect(openZvecStore({ directory: path })).rejects.toThrow(/is open in another process/);
  await copy.close();
  await other.close();
  // Reading has changed nothing.
  await checkBackup(path);
});

it("restores what a backup has, keeps what was there, and refuses a damaged backup or a store in use", async () => {
  const folder = await newFolder();
  const directory = join(folder, "store");
  const store = await filledStore(directory);
  const { path, takenAt } = await store.files.backUp(join(folder, "backups"));
  await write(store, "books", { deletes: points(1).map(({ id }) => ({ id, position: null })) });
  expect(await store.files.restoredFrom()).toBeNull();
  await expect(restoreZvecStore({ directory, backup: path })).rejects.toThrow(/is open in another process/);
  await store.close();

  const { before } = await restoreZvecStore({ directory, backup: path });
  const restored = await open({ directory });
  expect(await restored.count("books")).toBe(2 * BATCH);
  expect(await restored.files.restoredFrom()).toBe(takenAt);
  await restored.files.heedRestore();
  expect(await restored.files.restoredFrom()).toBeNull();
  expect(await (await open({ directory: before ?? "none" })).count("books")).toBe(BATCH);

  const { files } = await checkBackup(path);
  const largest = files.reduce((one, other) => (other.bytes > one.bytes ? other : one));
  await truncate(join(path, largest.path), largest.bytes - 1);
  const target = join(folder, "other");
  const damaged = /is damaged \(.* isn't what it was\): use another one/;
  await expect(restoreZvecStore({ directory: target, backup: path })).rejects.toThrow(damaged);
  await rm(join(path, largest.path));
  await expect(restoreZvecStore({ directory: target, backup: path })).rejects.toThrow(/ is gone\)/);
  await expect(restoreZvecStore({ directory: target, backup: folder })).rejects.toThrow(/is no backup of a zvec store/);
});

it("doesn't take a store to read only of which a part is in a write-ahead log alone", async () => {
  const directory = join(await newFolder(), "store");
  const store = await filledStore(directory);
  await expect(openZvecStore({ directory, readOnly: true })).rejects.toThrow(
    /is running or was killed: stop it cleanly/,
  );
  await store.close();
  expect(await (await open({ directory, readOnly: true })).count("books")).toBe(2 * BATCH);
  await expect(openZvecStore({ directory: `${directory}s`, readOnly: true })).rejects.toThrow(/There is no zvec store/);
});

/** Backs up again and again, and prints where each lies. */
const BACKER = `
  const [built, folder] = process.argv.slice(1);
  const { openZvecStore } = await import(built + "/zvec/store.js");
  const store = await openZvecStore({ directory: folder + "/store" });
  console.log("open");
  for (;;) console.log((await store.files.backUp(folder + "/backups")).path);
`;

it("leaves no half backup under a backup's name when its process is killed", async () => {
  const folder = await newFolder();
  const backups = join(folder, "backups");
  const store = await filledStore(join(folder, "store"));
  await store.close();
  const built = new URL("../../dist", import.meta.url).href;
  const backer = spawn(process.execPath, ["--input-type=module", "--eval", BACKER, built, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void backer.kill("SIGKILL"));
  const exited = once(backer, "exit");
  const lines = createInterface(backer.stdout)[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe("open");
  const first = (await lines.next()).value as string;
  await vi.waitFor(
    async () => expect((await readdir(backups)).filter((name) => name.endsWith(".unfinished"))).toHaveLength(1),
    { timeout: 20_000, interval: 1 },
  );
  backer.kill("SIGKILL");
  await exited;
  await checkBackup(first);
  const names = await readdir(backups);
  for (const name of names) if (!name.endsWith(".unfinished")) await checkBackup(join(backups, name));

  const again = await open({ directory: join(folder, "store") });
  await again.files.backUp(backups);
  expect((await readdir(backups)).filter((name) => name.endsWith(".unfinished"))).toEqual([]);
});
