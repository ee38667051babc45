import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { point } from "../contract/sample.js";
import { openZvecStore } from "./store.js";

const BATCH = 300;

/** Writes batch after batch, deletes the first point of each, and prints the batch's number once that is acknowledged. */
const WRITER = `
  const [built, folder] = process.argv.slice(1);
  const { openZvecStore } = await import(built + "/zvec/store.js");
  const { point, VECTORS, write } = await import(built + "/contract/sample.js");
  const store = await openZvecStore({ directory: folder });
  await store.ensureCollection({ name: "books", ...VECTORS });
  await store.swapAlias("books", "books");
  for (let batch = 0; ; batch += 1) {
    const upserts = Array.from({ length: ${BATCH} }, (_, id) => point({ key: { batch, id } }));
    await write(store, "books", { upserts });
    await write(store, "books", { deletes: [{ id: upserts[0].id, position: null }] });
    console.log(batch);
  }
`;

it("keeps what it acknowledged when its process is killed, and its directory for one process", async () => {
  const folder = await mkdtemp(join(tmpdir(), "freshet-zvec-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const built = new URL("../../dist", import.meta.url).href;
  const writer = spawn(process.execPath, ["--input-type=module", "--eval", WRITER, built, join(folder, "store")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void writer.kill("SIGKILL"));
  const exited = once(writer, "exit");
  let acknowledged = -1;
  for await (const line of createInterface(writer.stdout)) {
    acknowledged = Number(line);
    if (acknowledged === 2) {
      await expect(openZvecStore({ directory: join(folder, "store") })).rejects.toThrow(
        /is open in another process, and only one/,
      );
    }
    if (acknowledged === 12) writer.kill("SIGKILL");
  }
  await exited;

  const store = await openZvecStore({ directory: join(folder, "store") });
  onTestFinished(() => store.close());
  expect(await store.resolveAlias("books")).toBe("books");
  for (let batch = 0; batch <= acknowledged; batch += 1) {
    const ids = Array.from({ length: BATCH }, (_, id) => point({ key: { batch, id } }).id);
    expect([...(await store.read("books", ids)).keys()].sort()).toEqual(ids.slice(1).sort());
  }
  expect((await stat(join(folder, "store"))).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, "store", "catalog.json"))).mode & 0o777).toBe(0o600);
});
