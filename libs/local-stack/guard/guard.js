/**
 * Runs a server for a parent process, and outlives it just long enough to clean up: the parent holds the other end of this
 * process's standard input, so however the parent ends (SIGKILL too), the pipe closes, the server is killed and its
 * temporary folder removed. Plain JavaScript, because it is started with `node` from the sources as well as from dist/.
 *
 * Each line of standard input is a request, as JSON:
 * - `{ create: { folder, owner?: { uid, gid }, signal } }`, the first: the folder to create, and what ends the server at once;
 * - `{ write: { name: text } }`: files for the folder, which only the owner may read;
 * - `{ run: { command, arguments, user?: { uid, gid } } }`: a command to run in the folder, when none runs;
 * - `{ end: null }`: the command that runs, if any, is to be ended at once.
 *
 * The commands' output goes to standard output, and between it, on lines that start with a zero byte, what became of a command:
 * `{ started: pid }`, `{ ended: code }`. One pipe for both, so that what a command said comes before the news of its end.
 */
import { spawn } from "node:child_process";
import { chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers";

/** How long a server may take to end before SIGKILL: Postgres gives those of its processes that hang 5 s. */
const GRACE_MILLISECONDS = 8000;

let closing = false;
let plan;
let running;

const requests = { create, write, run, end };
const input = createInterface({ input: process.stdin });
input.on("line", (line) => {
  if (closing) return;
  try {
    for (const [name, argument] of Object.entries(JSON.parse(line))) requests[name](argument);
  } catch (error) {
    process.stdout.write(`${error.message}\n`);
    close();
  }
});
input.once("close", close);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, close);
// Nobody reads once the parent is gone.
process.stdout.on("error", () => undefined);

function create(given) {
  mkdirSync(given.folder, { mode: 0o700 });
  plan = given;
  chown(plan.folder);
}

function write(files) {
  for (const [name, text] of Object.entries(files)) {
    const path = join(plan.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    chown(path);
  }
}

function chown(path) {
  if (plan.owner) chownSync(path, plan.owner.uid, plan.owner.gid);
}

function run(step) {
  // A process group of its own, so that one signal reaches whatever the step started.
  const command = spawn(step.command, step.arguments, {
    ...step.user,
    cwd: plan.folder,
    detached: true,
    stdio: ["ignore", 1, 1],
  });
  running = command;
  if (command.pid) report({ started: command.pid });
  command.once("error", (error) => {
    process.stdout.write(`${error.message}\n`);
    ended(1);
  });
  command.once("exit", (code) => {
    signalGroup("SIGKILL");
    ended(code ?? 1);
  });
}

function ended(code) {
  running = undefined;
  if (closing) leave();
  else report({ ended: code });
}

function report(news) {
  process.stdout.write(`\0${JSON.stringify(news)}\n`);
}

function end() {
  const ending = running;
  if (!ending) return;
  signalGroup(plan.signal);
  // A server that was stopped with SIGSTOP obeys only once it continues.
  signalGroup("SIGCONT");
  setTimeout(() => running === ending && signalGroup("SIGKILL"), GRACE_MILLISECONDS).unref();
}

function close() {
  if (closing) return;
  closing = true;
  if (running) end();
  else leave();
}

function leave() {
  if (plan) rmSync(plan.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  process.exit();
}

function signalGroup(signal) {
  try {
    if (running?.pid) process.kill(-running.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
