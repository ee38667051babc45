import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { ROOT_DIRECTORY } from "./service-process.js";

/** What a command left. */
export interface CommandOutcome {
  /** Null after a kill. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The `freshet` command as its own process, as a person's shell or a supervisor starts it; without a terminal. */
export class FreshetCommand {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #stdout = "";
  #stderr = "";

  constructor(environment: Readonly<Record<string, string>>, words: readonly string[]) {
    const entry = join(ROOT_DIRECTORY, "services/admin/dist/main.js");
    this.#child = spawn(process.execPath, ["--enable-source-maps", entry, ...words], {
      cwd: ROOT_DIRECTORY,
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.on("data", (chunk: Buffer) => (this.#stdout += chunk.toString()));
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.#exited = once(this.#child, "close");
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** All that it has said. */
  get output(): string {
    return `${this.#stdout}\n${this.#stderr}`;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when it has ended, and everything is read that it wrote. */
  async outcome(): Promise<CommandOutcome> {
    await this.#exited;
    return { code: this.#child.exitCode, stdout: this.#stdout, stderr: this.#stderr };
  }

  async kill(): Promise<void> {
    if (!this.running) return;
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}
