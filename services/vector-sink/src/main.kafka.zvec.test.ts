import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import { expect, it, onTestFinished, vi } from "vitest";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

it("keeps the files of an embedded store for its own user, whatever the shell's umask", async () => {
  const folder = await mkdtemp(join(tmpdir(), "freshet-sink-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // JSON is YAML.
  const configuration = {
    source: { tables: ["public.books"] },
    models: { local: { provider: "local", name: "BAAI/bge-small-en-v1.5" } },
    stores: { main: { kind: "zvec" } },
    indexes: {
      [randomName("library")]: { table: "public.books", text: "{{ title }}", model: "local", stores: ["main"] },
    },
  };
  await writeFile(join(folder, "freshet.yaml"), JSON.stringify(configuration));
  const sink = spawn("sh", ["-c", 'umask 0; exec "$0" "$1"', process.execPath, MAIN], {
    env: {
      FRESHET_CONFIG: join(folder, "freshet.yaml"),
      FRESHET_KAFKA_BROKERS: kafkaBrokers().join(","),
      FRESHET_ZVEC_DIR: join(folder, "zvec"),
      FRESHET_HTTP_PORT: "0",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void sink.kill("SIGKILL"));
  let log = "";
  sink.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  await vi.waitFor(() => expect(log).toContain('"started"'), { timeout: 30_000 });
  sink.kill("SIGTERM");
  expect(await once(sink, "exit")).toEqual([0, null]);
  // zvec makes a collection at once, for the lock.
  const files = await readdir(join(folder, "zvec"), { recursive: true });
  expect(files).toContain(join("main", "lock", "LOCK"));
  for (const path of files) {
    const entry = await stat(join(folder, "zvec", path));
    expect(`${path} ${(entry.mode & 0o777).toString(8)}`).toBe(`${path} ${entry.isDirectory() ? "700" : "600"}`);
  }
});
