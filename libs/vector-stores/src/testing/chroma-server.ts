import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { env, execPath } from "node:process";
import { setTimeout } from "node:timers/promises";
import { freePort } from "@freshet/local-stack/free-port";
import type { Step } from "@freshet/local-stack/guard";
import { GuardedServer, newTemporaryFolder } from "@freshet/local-stack/guarded-server";
import { chromaWheel } from "./chroma-wheel.js";

const READY_TIMEOUT_MS = 10_000;
const POLL_MS = 20;
const HOST = "127.0.0.1";
/** What the binary of the npm package is linked with. */
const OLDEST_GLIBC = 2.39;

/** A Chroma for tests. */
export interface ChromaServer {
  readonly url: string;
  readonly apiKey?: string | undefined;
  /** Undefined where the server is somebody else's. */
  readonly own?: GuardedServer;
  /** On the files that it had. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The server named by FRESHET_CHROMA_URL, or Chroma's own on a port and a folder that nobody else has. */
export async function startChromaServer(): Promise<ChromaServer> {
  const given = env["FRESHET_CHROMA_URL"];
  const nothing = () => Promise.resolve();
  if (given) return { url: given, apiKey: env["FRESHET_CHROMA_API_KEY"], restart: nothing, stop: nothing };
  const folder = newTemporaryFolder("chroma");
  const port = await freePort(HOST);
  const run = await chromaCommand(["run", "--host", HOST, "--port", String(port), "--path", join(folder, "data")]);
  const server = await GuardedServer.open(
    { name: "Chroma", folder, signal: "SIGKILL", ready: /listening on address/ },
    (opened) => opened.start(run),
  );
  const url = `http://${HOST}:${port}`;
  await answering(url);
  const restart = async () => {
    await server.start(run);
    await answering(url);
  };
  return { url, own: server, restart, stop: () => server.stop() };
}

/** It says that it listens shortly before it does. */
async function answering(url: string): Promise<void> {
  const until = performance.now() + READY_TIMEOUT_MS;
  const isUp = async () => (await fetch(`${url}/api/v2/heartbeat`).catch(() => null))?.ok === true;
  while (!(await isUp())) {
    if (performance.now() > until) throw new Error(`Chroma doesn't answer at ${url}.`);
    await setTimeout(POLL_MS);
  }
}

/** The command of the npm package; where the C library is too old for it, the same server from the Python package. */
async function chromaCommand(args: string[]): Promise<Step> {
  if (glibcVersion() < OLDEST_GLIBC) return chromaWheel(args);
  const client = createRequire(import.meta.url).resolve("chromadb");
  return { command: execPath, arguments: [join(dirname(client), "..", "cli.mjs"), ...args] };
}

/** Infinity on systems that have another C library. */
function glibcVersion(): number {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return Number(header.glibcVersionRuntime ?? Infinity);
}
