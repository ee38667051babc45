import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const GUARD = fileURLToPath(new URL("../guard/guard.js", import.meta.url));
const READY_TIMEOUT_MS = 120_000;
const LOG_LINES_KEPT = 20;

interface User {
  uid: number;
  gid: number;
}

export interface Step {
  command: string;
  arguments: string[];
  /** Who runs it, where it is somebody else. */
  user?: User | undefined;
}

export interface GuardedProcessOptions {
  /** What a person calls it: "Postgres". */
  name: string;
  /** Created for the process, and removed when it ends. */
  folder: string;
  /** Texts to be laid in the folder first, by file name. */
  files: Record<string, string>;
  /** Run one after the other; the last is the server. */
  steps: Step[];
  /** Who owns the folder and the files, where it is somebody else. */
  owner?: User | undefined;
  /** What ends it at once; its data is thrown away. */
  signal: NodeJS.Signals;
  /** The line of its output that tells that it serves. */
  ready: RegExp;
}

/** A server that can't outlive this process: a guard holds a pipe from us and ends it when the pipe closes. */
export interface GuardedProcess {
  /** Resolves when the server has ended and its folder is gone. */
  stop(): Promise<void>;
}

/** A folder name that nobody has yet; the guard creates it, so that nothing is left if we die before. */
export function newTemporaryFolder(name: string): string {
  return join(tmpdir(), `freshet-${name}-${randomBytes(6).toString("hex")}`);
}

/** @throws {Error} with the server's last words, when it ends or stays silent instead of getting ready. */
export async function startGuardedProcess(options: GuardedProcessOptions): Promise<GuardedProcess> {
  const { name, ready, ...plan } = options;
  // A session of its own, so that Ctrl-C in a terminal reaches us alone, and we end things in order.
  const guard = spawn(process.execPath, [GUARD], { detached: true, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => {
    guard.once("close", () => {
      resolve();
    });
  });
  // The guard may end before it has read; its "close" tells more than the broken pipe.
  guard.stdin.on("error", () => undefined);
  guard.stdin.write(`${JSON.stringify(plan)}\n`);
  const stop = async (): Promise<void> => {
    guard.stdin.end();
    await ended;
  };

  const lastLines: string[] = [];
  const explain = (what: string): Error =>
    new Error(`${name} ${what}${lastLines.length > 0 ? `; its last words:\n  ${lastLines.join("\n  ")}` : "."}`);
  const isReady = new Promise<void>((resolve) => {
    createInterface({ input: guard.stdout }).on("line", (line) => {
      lastLines.push(line);
      if (lastLines.length > LOG_LINES_KEPT) lastLines.shift();
      if (ready.test(line)) resolve();
    });
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      isReady,
      ended.then(() => Promise.reject(explain("ended while it was starting"))),
      new Promise((_, reject) => {
        timer = setTimeout(() => {
          reject(explain(`was not ready after ${READY_TIMEOUT_MS / 1000} s`));
        }, READY_TIMEOUT_MS);
      }),
    ]);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return { stop };
}
