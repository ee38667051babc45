import { spawn, type ChildProcessByStdio } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

const GUARD = fileURLToPath(new URL("../guard/guard.js", import.meta.url));
/** What a line starts with that is the guard's own and not a command's output. */
const REPORT = "\0";

export interface User {
  uid: number;
  gid: number;
}

export interface Step {
  command: string;
  arguments: string[];
  /** Who runs it, where it is somebody else. */
  user?: User | undefined;
}

export interface GuardPlan {
  /** Created by the guard, and removed when it ends. */
  folder: string;
  /** Who owns the folder and its files, where it is somebody else. */
  owner?: User | undefined;
  /** What ends a server at once. */
  signal: NodeJS.Signals;
}

type Request = { create: GuardPlan } | { write: Record<string, string> } | { run: Step } | { end: null };

interface GuardEvents {
  started: [pid: number];
  ended: [code: number];
  /** Of a command's output. */
  line: [text: string];
}

/** The parent's side of guard/guard.js: a process that ends what it runs and removes its folder when this process ends. */
export class Guard extends EventEmitter<GuardEvents> {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  /** Resolves when nothing is left: no process, no folder. */
  readonly gone: Promise<unknown>;

  constructor(plan: GuardPlan) {
    super();
    // A session of its own, so that Ctrl-C in a terminal reaches us alone, and we end things in order.
    this.#process = spawn(process.execPath, [GUARD], { detached: true, stdio: ["pipe", "pipe", "inherit"] });
    this.gone = once(this.#process, "close");
    // The guard may end before it has read; its "close" tells more than the broken pipe.
    this.#process.stdin.on("error", () => undefined);
    createInterface({ input: this.#process.stdout }).on("line", (line) => {
      if (line.startsWith(REPORT)) this.#onReport(line.slice(REPORT.length));
      else this.emit("line", line);
    });
    this.ask({ create: plan });
  }

  ask(request: Request): void {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
  }

  /** Lets the guard go, which ends everything. */
  release(): void {
    this.#process.stdin.end();
  }

  #onReport(text: string): void {
    const report = JSON.parse(text) as { started: number } | { ended: number };
    if ("started" in report) this.emit("started", report.started);
    else this.emit("ended", report.ended);
  }
}
