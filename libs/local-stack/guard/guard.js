/**
 * Runs one server for a parent process, and outlives it just long enough to clean up: the parent holds the other end of this
 * process's standard input, so however the parent ends (SIGKILL too), the pipe closes, the server is killed and its
 * temporary folder removed. Plain JavaScript, because it is started with `node` from the sources as well as from dist/.
 *
 * The first line of standard input is the plan, as JSON:
 * `{ folder, files: { name: text }, owner?: { uid, gid }, steps: [{ command, arguments, user?: { uid, gid } }], signal }`.
 * The steps run one after the other, the last being the server; their output goes to standard output.
 */
import { spawn } from "node:child_process";
import { chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers";

/** How long the server may take to obey the plan's signal before SIGKILL. */
const GRACE_MILLISECONDS = 1500;

let closing = false;
let plan;
let running;

const input = createInterface({ input: process.stdin });
input.once("line", (line) => {
  plan = JSON.parse(line);
  void run();
});
input.once("close", close);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, close);
// Nobody reads once the parent is gone.
process.stdout.on("error", () => undefined);

async function run() {
  let code = 0;
  try {
    prepareFolder();
    for (const step of plan.steps) {
      if (closing || code !== 0) break;
      code = await runStep(step);
    }
  } catch (error) {
    process.stdout.write(`${error.message}\n`);
    code = 1;
  }
  rmSync(plan.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  process.exit(closing ? 0 : code || 1);
}

function prepareFolder() {
  mkdirSync(plan.folder, { mode: 0o700 });
  const paths = Object.entries(plan.files).map(([name, text]) => {
    const path = join(plan.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  });
  if (plan.owner) for (const path of [plan.folder, ...paths]) chownSync(path, plan.owner.uid, plan.owner.gid);
}

function runStep(step) {
  return new Promise((resolve, reject) => {
    // A process group of its own, so that one signal reaches whatever the step started.
    running = spawn(step.command, step.arguments, {
      ...step.user,
      cwd: plan.folder,
      detached: true,
      stdio: ["ignore", 1, 1],
    });
    running.once("error", reject);
    running.once("exit", (code) => {
      signalGroup("SIGKILL");
      resolve(code ?? 1);
    });
    if (closing) signalGroup("SIGKILL");
  });
}

function close() {
  if (closing) return;
  closing = true;
  if (!plan) process.exit(0);
  signalGroup(plan.signal);
  // A server that was stopped with SIGSTOP obeys only once it continues.
  signalGroup("SIGCONT");
  setTimeout(() => signalGroup("SIGKILL"), GRACE_MILLISECONDS).unref();
}

function signalGroup(signal) {
  try {
    if (running?.pid) process.kill(-running.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
