import { once } from "node:events";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { axis, newCollection, point, VECTORS, write } from "../contract/sample.js";
import { StoreUnavailableError } from "../errors.js";
import { openQdrantStore } from "./store.js";

/** A `qdrant` of one's own to be hurt; https://github.com/qdrant/qdrant/releases has it. */
const binary = env["FRESHET_QDRANT_BINARY"] ?? "";
const KEYS = { writing: "may-write", reading: "may-read" };

describe.skipIf(!binary)("Qdrant in trouble, with FRESHET_QDRANT_BINARY", () => {
  let directory: string;
  let port: number;
  let server: ChildProcess;
  const open = (apiKey = KEYS.writing) =>
    openQdrantStore({ url: `http://127.0.0.1:${port}`, apiKey, requestTimeoutMs: 2_000 });

  const start = async () => {
    server = spawn(binary, ["--disable-telemetry"], {
      cwd: directory,
      stdio: "ignore",
      env: {
        QDRANT__SERVICE__HOST: "127.0.0.1",
        QDRANT__SERVICE__HTTP_PORT: String(port),
        QDRANT__SERVICE__GRPC_PORT: "0",
        QDRANT__SERVICE__API_KEY: KEYS.writing,
        QDRANT__SERVICE__READ_ONLY_API_KEY: KEYS.reading,
      },
    });
    await vi.waitFor(() => open().check(), { timeout: 30_000, interval: 100 });
  };
  const stop = async () => {
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    await ended;
  };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-qdrant-"));
    port = await freePort();
    await start();
  });
  afterEach(async () => {
    await stop();
    await rm(directory, { recursive: true });
  });

  it("says that a key is wrong, or may only read", async () => {
    const store = open();
    const name = await newCollection(store);
    const wrong = open("guessed").check();
    await expect(wrong).rejects.toThrow(/refuses the API key .*correct FRESHET_QDRANT_API_KEY/);
    await expect(wrong).rejects.not.toThrow(/guessed/);
    const reading = open(KEYS.reading);
    expect(await reading.count(name)).toBe(0);
    const refused = write(reading, name, { upserts: [point()] });
    await expect(refused).rejects.toThrow(/doesn't allow this .*give FRESHET_QDRANT_API_KEY a key that may/);
    await expect(refused).rejects.not.toThrow(StoreUnavailableError);
    expect(await store.count(name)).toBe(0);
  });

  it("says that a collection went away under it", async () => {
    const store = open();
    const name = await newCollection(store);
    await write(store, name, { upserts: [point()] });
    await open().drop(name);
    const lost = /misses what was there.*restart the sink/;
    await expect(write(store, name, { upserts: [point()] })).rejects.toThrow(lost);
    await expect(write(store, name, { deletes: [{ id: point().id, position: null }] })).rejects.toThrow(lost);
    await expect(store.search(name, { vector: axis(0), k: 1 })).rejects.toThrow(lost);
    await expect(store.finishLoad(name)).rejects.toThrow(lost);
    await store.ensureCollection({ name, ...VECTORS });
    await write(store, name, { upserts: [point()] });
    expect(await store.count(name)).toBe(1);
  });

  it("counts a server that is slow or gone as unavailable, and keeps what it answered for", async () => {
    const store = open();
    const name = await newCollection(store);
    await write(store, name, { upserts: [point()] });
    server.kill("SIGSTOP");
    const slow = write(store, name, { upserts: [point({ key: { id: 2 } })] });
    await expect(slow).rejects.toThrow(StoreUnavailableError);
    await expect(slow).rejects.toThrow(/doesn't answer \(not in time\)/);
    server.kill("SIGCONT");
    await vi.waitFor(() => write(store, name, { upserts: [point({ key: { id: 3 } })] }), { timeout: 30_000 });
    await stop();
    await expect(store.count(name)).rejects.toThrow(StoreUnavailableError);
    await start();
    const ids = [point().id, point({ key: { id: 3 } }).id];
    expect([...(await store.read(name, ids)).keys()].sort()).toEqual(ids.sort());
  });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}
