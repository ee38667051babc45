import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { axis, batch, point, VECTORS, write } from "../contract/sample.js";
import { StoreUnavailableError } from "../errors.js";
import type { VectorStore } from "../vector-store.js";
import { openZvecStore } from "./store.js";

const run = promisify(execFile);

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "freshet-zvec-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function open(directory: string): Promise<VectorStore> {
  const store = await openZvecStore({ directory });
  onTestFinished(() => store.close());
  return store;
}

async function filesOf(directory: string): Promise<string> {
  const folder = (await readdir(directory)).find((name) => name.startsWith("books"));
  return join(directory, folder ?? "none");
}

it("keeps others out of a directory that was open to them", async () => {
  const directory = join(await newFolder(), "store");
  await mkdir(directory);
  await chmod(directory, 0o755);
  const store = await open(directory);
  await store.ensureCollection({ name: "books", ...VECTORS });
  await write(store, "books", { upserts: [point()] });
  await store.finishLoad("books");
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  expect((await stat(join(directory, "catalog.json"))).mode & 0o777).toBe(0o600);
});

it("says that a collection isn't there, or was dropped under way", async () => {
  const store = await open(join(await newFolder(), "store"));
  const sentence = /has no collection books: the vector-sink makes it/;
  await expect(store.search("books", { vector: axis(0), k: 1 })).rejects.toThrow(sentence);
  await store.ensureCollection({ name: "books", ...VECTORS });
  await store.drop("books");
  await expect(store.apply("books", batch({ upserts: [point()] }), () => undefined)).rejects.toThrow(sentence);
});

it("acknowledges nothing when the files are removed under way, and takes the collection anew", async () => {
  const directory = join(await newFolder(), "store");
  const store = await open(directory);
  await store.ensureCollection({ name: "books", ...VECTORS });
  await write(store, "books", { upserts: [point()] });
  await rm(await filesOf(directory), { recursive: true });
  await expect(write(store, "books", { upserts: [point({ key: { id: 2 } })] })).rejects.toThrow(
    /books in .* are damaged or gone .*: restore the store's directory from its backup, or give the index another name/,
  );
  await store.drop("books");
  await store.ensureCollection({ name: "books", ...VECTORS });
  await write(store, "books", { upserts: [point()] });
});

it.each([
  [
    "a collection's files",
    async (directory: string) => rm(join(await filesOf(directory), "idmap.0"), { recursive: true }),
  ],
  ["the catalogue", (directory: string) => writeFile(join(directory, "catalog.json"), "{")],
])("says what to do when %s are damaged", async (_what, damage) => {
  const directory = join(await newFolder(), "store");
  const before = await openZvecStore({ directory });
  await before.ensureCollection({ name: "books", ...VECTORS });
  await write(before, "books", { upserts: [point()] });
  await before.close();
  await damage(directory);
  const counted = openZvecStore({ directory }).then((store) => store.count("books").finally(() => store.close()));
  await expect(counted).rejects.toThrow(/restore the (store's )?directory from its backup/);
  await expect(counted).rejects.not.toThrow(StoreUnavailableError);
});

it("says that a directory can't be written", async () => {
  const file = join(await newFolder(), "file");
  await writeFile(file, "");
  await expect(openZvecStore({ directory: join(file, "store") })).rejects.toThrow(
    /can't hold a zvec store \(ENOTDIR\): make it writable .* or set FRESHET_ZVEC_DIR/,
  );
});

it("goes on by itself when a full disk has room again, with what it acknowledged", async ({ skip }) => {
  const disk = await newFolder();
  const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", disk]).then(
    () => true,
    () => false,
  );
  skip(!mounted, "can't make a small disk");
  const directory = join(disk, "store");
  const store = await openZvecStore({ directory });
  onTestFinished(async () => {
    await store.close();
    await run("umount", [disk]);
  });
  await store.ensureCollection({ name: "books", ...VECTORS });
  const acknowledged: string[] = [];
  let refusal: unknown;
  for (let round = 0; refusal === undefined; round += 1) {
    const upserts = Array.from({ length: 200 }, (_, id) => point({ key: { round, id }, text: "x".repeat(600) }));
    const stored = write(store, "books", { upserts }).then(() => acknowledged.push(...upserts.map(({ id }) => id)));
    refusal = await stored.then(
      () => undefined,
      (error: unknown) => error,
    );
  }
  expect(refusal).toBeInstanceOf(StoreUnavailableError);
  expect((refusal as Error).message).toMatch(/disk of the zvec store in .* is full: make room there/);
  await run("mount", ["-o", "remount,size=64m", disk]);
  await write(store, "books", { upserts: [point()] });
  expect((await store.read("books", acknowledged)).size).toBe(acknowledged.length);
});
