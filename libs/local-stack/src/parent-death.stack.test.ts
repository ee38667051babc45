import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";

// The built package: Node doesn't run the sources.
const BUILT = new URL("../dist/", import.meta.url).href;
const START = `process.env.TMPDIR = process.argv[1];
const { startPostgres } = await import("${BUILT}postgres.js");
const { startKafka } = await import("${BUILT}kafka.js");`;
const POSTGRES = `console.log((await startPostgres()).port);`;
const RESTARTED_POSTGRES = `const server = await startPostgres();
await server.restoreData(await server.saveData());
console.log(server.port);`;
const CRASHED_POSTGRES = `const server = await startPostgres();
await server.crash();
console.log(server.port);`;
const PAUSED_KAFKA = `const server = await startKafka();
await server.pause();
console.log(server.brokers[0].split(":")[1]);`;

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "parent-death-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // The user that Postgres runs as must get in.
  await chmod(folder, 0o755);
  return folder;
}

function startParent(folder: string, program: string): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", START + program, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void parent.kill("SIGKILL"));
  return parent;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

test.each([
  { server: "Postgres", program: POSTGRES, signal: "SIGKILL", serves: true },
  { server: "Postgres", program: POSTGRES, signal: "SIGINT", serves: true },
  { server: "Postgres", program: POSTGRES, signal: "SIGTERM", serves: true },
  { server: "restarted Postgres", program: RESTARTED_POSTGRES, signal: "SIGKILL", serves: true },
  { server: "crashed Postgres", program: CRASHED_POSTGRES, signal: "SIGKILL", serves: false },
  // The system still takes connections for a paused process.
  { server: "paused Kafka", program: PAUSED_KAFKA, signal: "SIGKILL", serves: true },
] as const)(
  "a $server and its folder are gone after $signal of who started it",
  async ({ program, signal, serves }) => {
    const folder = await temporaryFolder();
    const parent = startParent(folder, program);
    const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
    expect(await answers(Number(line))).toBe(serves);
    expect(await readdir(folder)).toHaveLength(1);

    parent.kill(signal);

    await expect.poll(() => readdir(folder), { timeout: 10_000 }).toEqual([]);
    expect(await answers(Number(line))).toBe(false);
  },
);

test("nothing is left when the parent dies while the server starts", async () => {
  const folder = await temporaryFolder();
  const parent = startParent(folder, POSTGRES);
  await expect.poll(() => readdir(folder), { timeout: 10_000, interval: 5 }).toHaveLength(1);

  parent.kill("SIGKILL");

  await expect.poll(() => readdir(folder), { timeout: 10_000 }).toEqual([]);
});
