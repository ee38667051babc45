import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Fault } from "./fault.js";
import type { ProcessingGuarantee } from "../checkpoints/checkpoint.js";
import type { ApplicationSettings, TopologySettings } from "./history.js";

export interface MemberOrder {
  readonly brokers: readonly string[];
  readonly group: string;
  readonly input: string;
  readonly output: string;
  readonly deadLetterTopic: string;
  readonly sessionTimeoutMs: number;
  readonly guarantee: ProcessingGuarantee;
  readonly application: ApplicationSettings;
  readonly topology: TopologySettings;
  readonly member: number;
  readonly faults: readonly Fault[];
  /** The file. */
  readonly journal: string;
}

/** Built, for Node doesn't run the source. */
const PROCESS = new URL("../../dist/model/member-process.js", import.meta.url);

/** The test's side of a member process. */
export class Member {
  readonly #process: ChildProcess;
  /** What it ended with: its exit code, or the name of the signal that killed it. */
  readonly ended: Promise<number | string>;
  #isRunning = true;
  #isStopped = false;
  #hasJoined = false;
  #isToEnd = false;

  constructor(order: MemberOrder) {
    this.#process = fork(PROCESS, [JSON.stringify(order)], {
      // The test's own loader has no business in there.
      execArgv: ["--enable-source-maps"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.ended = once(this.#process, "exit").then(([code, signal]: (number | string | null)[]) => {
      this.#isRunning = false;
      return code ?? signal ?? 0;
    });
  }

  /** Whether it can do anything. */
  get isActive(): boolean {
    return this.#isRunning && !this.#isStopped;
  }

  /** It has stopped itself. */
  stopped(): void {
    this.#isStopped = true;
  }

  goOn(): void {
    this.#isStopped = false;
    this.#process.kill("SIGCONT");
  }

  /** It is in the group, so that its end is one to the others. */
  joined(): void {
    this.#hasJoined = true;
    if (this.#isToEnd) this.#process.kill("SIGTERM");
  }

  /** Lets it finish what it has begun, once it has joined. */
  end(): void {
    this.#isToEnd = true;
    if (this.#hasJoined) this.#process.kill("SIGTERM");
  }

  /** The same, without waiting for it to join. */
  async endNow(): Promise<number | string> {
    if (this.#hasJoined) this.end();
    else this.#process.kill("SIGKILL");
    return this.ended;
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.ended;
  }
}
