import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

const KEPT_LOG_BYTES = 16 * 1024;

/** A member of a consumer group, as a process of its own. */
export class MemberProcess {
  readonly #child: ChildProcess;
  #log = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.on("data", (text: Buffer) => {
      this.#log = (this.#log + text.toString()).slice(-KEPT_LOG_BYTES);
    });
  }

  /** @param order what the entry waits for, as its first message. */
  static start(entry: URL, order: object): MemberProcess {
    const child = fork(entry, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    child.send(order);
    return new MemberProcess(child);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @throws when it has ended, with what it said last. */
  readonly alive = (): void => {
    if (!this.#isRunning) throw new Error(`a member of the group ended:\n${this.#log}`);
  };

  send(message: object): void {
    this.#child.send(message);
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    if (!this.#isRunning) return;
    const exited = once(this.#child, "exit");
    this.#child.kill(signal);
    await exited;
  }

  get #isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
}
