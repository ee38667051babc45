import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { expect, it, onTestFinished, vi } from "vitest";
import type { EmbeddingCache } from "./embedding-cache.js";
import type { WriterOrders } from "./testing/cache-writer.js";
import { embeddingOf, hashOf } from "./testing/known-texts.js";
import { temporaryCache } from "./testing/temporary-cache.js";

const MB = 1024 * 1024;
/** A process or a thread runs compiled code only. */
const WRITER = new URL("../../dist/cache/testing/cache-writer.js", import.meta.url);
const FROZEN_WRITER = new URL("../../dist/cache/testing/frozen-writer.js", import.meta.url);
const hashes = (name: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => hashOf(name, from + i));
const fill = (cache: EmbeddingCache, some: readonly string[]) =>
  cache.put(new Map(some.map((hash) => [hash, embeddingOf(hash)])));

/** How many of them are there. What is there must be whole. */
function countKnown(cache: EmbeddingCache, some: readonly string[]): number {
  const found = cache.get(some);
  found.forEach((embedding, i) => {
    const whole = embeddingOf(some[i] ?? "");
    if (embedding && (embedding.tokens !== whole.tokens || !isEqual(embedding.vector, whole.vector))) {
      expect(embedding).toEqual(whole);
    }
  });
  return found.filter((embedding) => embedding !== undefined).length;
}

function isEqual(one: Float32Array, two: Float32Array): boolean {
  return one.length === two.length && Buffer.compare(new Uint8Array(one.buffer), new Uint8Array(two.buffer)) === 0;
}

/** @param fileBytes the largest file that it may write, as if the disk were full then. */
function startProcess(orders: WriterOrders, fileBytes?: number) {
  const limit = fileBytes === undefined ? "" : `ulimit -f ${Math.floor(fileBytes / 512)};`;
  const command = [process.execPath, fileURLToPath(WRITER), JSON.stringify(orders)];
  const child = spawn("sh", ["-c", `${limit} exec "$0" "$@"`, ...command], {
    stdio: ["ignore", "ignore", fileBytes === undefined ? "inherit" : "ignore", "ipc"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, ended: once(child, "exit"), ...listen(child) };
}

function startThread(orders: WriterOrders) {
  const thread = new Worker(WRITER, { workerData: orders });
  return { ended: once(thread, "exit"), ...listen(thread) };
}

function listen(writer: ChildProcess | Worker) {
  let kept = 0;
  const troubles: string[] = [];
  writer.on("message", (news) => {
    if (typeof news === "number") kept = news;
    else troubles.push(String(news));
  });
  return { kept: () => kept, troubles };
}

it("gives back what was put, for this user alone, also after it was opened anew", async () => {
  const { open: openCache, folder, file, troubles } = await temporaryCache(64 * MB);
  const cache = await openCache();
  expect(cache.get([hashOf("a", 0)])).toEqual([undefined]);
  await fill(cache, hashes("a", 0, 100));
  expect(countKnown(cache, hashes("a", 0, 110))).toBe(100);
  expect(cache.size()).toMatchObject({ entries: 100 });
  const note = await cache.notes.update("n", (noted) => `${noted ?? "none"} and more`);
  await cache.close();
  expect(cache.get([hashOf("a", 0)])).toEqual([undefined]);

  const again = await openCache();
  expect(countKnown(again, hashes("a", 0, 110))).toBe(100);
  expect([again.notes.id, again.notes.read("n"), note]).toEqual([cache.notes.id, "none and more", "none and more"]);
  const modes = await Promise.all([folder, file, `${file}-lock`].map(async (path) => (await stat(path)).mode & 0o777));
  expect(modes).toEqual([0o700, 0o600, 0o600]);
  expect(troubles).toEqual([]);
});

it("keeps what is asked for and forgets the rest, within its bounds", async () => {
  const maxBytes = 8 * MB;
  const { open: openCache, file, evicted } = await temporaryCache(maxBytes);
  const cache = await openCache();
  await fill(cache, hashes("used", 0, 50));
  for (let i = 0; i < 20_000; i += 100) {
    await fill(cache, hashes("new", i, i + 100));
    expect(countKnown(cache, hashes("used", 0, 50))).toBe(50);
  }
  expect(countKnown(cache, hashes("new", 19_500, 20_000))).toBe(500);
  expect(countKnown(cache, hashes("new", 0, 15_000))).toBe(0);
  const entries = evicted.reduce((sum, count) => sum + count, 0);
  expect(entries).toBeGreaterThan(15_000);
  expect(cache.size().bytes).toBeLessThan(maxBytes);
  expect((await stat(file)).size).toBeLessThanOrEqual(maxBytes);
});

it("is whole after each kill -9 of a process that writes", { timeout: 60_000 }, async () => {
  const { open: openCache, folder, troubles } = await temporaryCache(256 * MB);
  const names = Array.from({ length: 8 }, (_, round) => `round ${round}`);
  const kept: number[] = [];
  for (const name of names) {
    const writer = startProcess({ folder, maxBytes: 256 * MB, name, puts: 1e6 });
    await vi.waitUntil(() => writer.kept() >= 16 * 20 + Math.random() * 300, { timeout: 20_000, interval: 1 });
    writer.child.kill("SIGKILL");
    await writer.ended;
    kept.push(writer.kept());
    const cache = await openCache();
    for (const [i, count] of kept.entries()) expect(countKnown(cache, hashes(`round ${i}`, 0, count))).toBe(count);
    await cache.close();
  }
  expect(troubles).toEqual([]);
});

it(
  "is shared by processes and threads that all write, fill it and start new generations",
  { timeout: 60_000 },
  async () => {
    const maxBytes = 12 * MB;
    const { open: openCache, folder, file, troubles } = await temporaryCache(maxBytes);
    const puts = 600;
    const orders = (name: string) => ({ folder, maxBytes, name, puts });
    const cache = await openCache();
    const processes = [startProcess(orders("a")), startProcess(orders("b"))];
    const threads = [startThread(orders("c")), startThread(orders("d"))];
    const doomed = startProcess(orders("doomed"));
    await vi.waitUntil(() => doomed.kept() > 500, { timeout: 30_000, interval: 1 });
    doomed.child.kill("SIGKILL");
    const codes = await Promise.all(
      [...processes, ...threads].map(async ({ ended }) => ((await ended) as unknown[])[0]),
    );
    expect(codes).toEqual([0, 0, 0, 0]);
    expect([...processes, ...threads].flatMap((writer) => writer.troubles)).toEqual([]);
    // Readers that had to wait for a processor have held pages back.
    expect((await stat(file)).size).toBeLessThanOrEqual(1.25 * maxBytes);
    for (const name of ["a", "b", "c", "d"]) {
      const all = hashes(name, 0, puts * 16);
      expect(countKnown(cache, all.slice(0, 1000))).toBe(0);
      countKnown(cache, all);
    }
    expect(cache.size().entries).toBeGreaterThan(2000);
    expect(troubles).toEqual([]);
  },
);

it("goes on without keeping more when the disk is full", async () => {
  const { open: openCache, folder } = await temporaryCache(64 * MB);
  const writer = startProcess({ folder, maxBytes: 64 * MB, name: "a", puts: 300 }, 4 * MB);
  expect(await writer.ended).toEqual([0, null]);
  expect(writer.troubles).toEqual([
    expect.stringMatching(/can't be written just now \((Input|File).*\); texts may be/),
  ]);
  const known = countKnown(await openCache(), hashes("a", 0, 300 * 16));
  expect(known).toBeGreaterThan(500);
  expect(known).toBeLessThan(300 * 16);
});

it("goes on beside a process that is frozen while it writes", { timeout: 60_000 }, async () => {
  const { open: openCache, file, troubles } = await temporaryCache(64 * MB);
  const cache = await openCache();
  await fill(cache, hashes("a", 0, 100));
  const frozen = fork(FROZEN_WRITER, [file], { execArgv: [], stdio: "ignore" });
  onTestFinished(() => void frozen.kill("SIGKILL"));
  await vi.waitUntil(async () => (await readFile(`/proc/${frozen.pid ?? 0}/stat`, "utf8")).includes(") T "), {
    timeout: 20_000,
  });

  await fill(cache, hashes("b", 0, 100));
  await expect(cache.notes.update("n", () => "")).rejects.toThrow(/another process doesn't end its write/);
  expect(countKnown(cache, hashes("a", 0, 100))).toBe(100);
  const other = await openCache();
  expect(countKnown(other, hashes("a", 0, 100))).toBe(0);
  expect(troubles).toEqual([
    expect.stringMatching(/can't be written just now \(another process doesn't end its write\)/),
    expect.stringMatching(/can't be opened \(another process has it locked and doesn't go on/),
  ]);
  frozen.kill("SIGKILL");
  await vi.waitUntil(() => countKnown(cache, hashes("b", 0, 100)) === 100, { timeout: 20_000 });
});

it.each([
  ["is cut", (file: string) => truncate(file, 100_000)],
  ["is empty but for a few bytes", (file: string) => truncate(file, 300)],
  ["is something else", (file: string) => writeFile(file, "something else\n".repeat(10_000))],
  ["has lost pages", (file: string) => overwrite(file, 100 * 4096, Buffer.alloc(50 * 4096))],
  ["has a wrong value", flipInVector],
])("starts anew, with a sentence, when the file %s", async (_, damage) => {
  const { open: openCache, file, troubles } = await temporaryCache(64 * MB);
  const cache = await openCache();
  for (let i = 0; i < 1000; i += 100) await fill(cache, hashes("a", i, i + 100));
  await cache.close();
  await damage(file);
  const again = await openCache();
  expect(troubles).toEqual([expect.stringMatching(/embeddings-1\.mdb is damaged .*, so it is started anew\.$/)]);
  expect(countKnown(again, hashes("a", 0, 1000))).toBe(0);
  expect(again.notes.id).not.toBe(cache.notes.id);
  await fill(again, hashes("b", 0, 10));
  expect(countKnown(again, hashes("b", 0, 10))).toBe(10);
});

it("starts anew when it may not be as large any more", async () => {
  const { open: openCache, troubles } = await temporaryCache(64 * MB);
  const cache = await openCache();
  await fill(cache, hashes("a", 0, 2000));
  await cache.close();
  const again = await openCache(MB);
  expect(troubles).toEqual([expect.stringContaining("more than the 1048576 that it may have")]);
  expect(again.size().entries).toBe(0);
});

it("keeps nothing, and says so, where no file can be made", async () => {
  const { open: openCache, folder, troubles } = await temporaryCache(64 * MB, "a file/cache");
  await writeFile(dirname(folder), "");
  const cache = await openCache();
  await fill(cache, hashes("a", 0, 1));
  expect(cache.get(hashes("a", 0, 1))).toEqual([undefined]);
  expect(troubles).toEqual([expect.stringMatching(/can't be opened \(.*\), so nothing is kept: make the folder/)]);
});

async function overwrite(file: string, at: number, bytes: Buffer): Promise<void> {
  const handle = await open(file, "r+");
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

async function flipInVector(file: string): Promise<void> {
  const vector = Buffer.from(embeddingOf(hashOf("a", 500)).vector.buffer);
  const at = (await readFile(file)).lastIndexOf(vector);
  expect(at).toBeGreaterThan(0);
  await overwrite(file, at + 400, Buffer.of(0xff));
}
