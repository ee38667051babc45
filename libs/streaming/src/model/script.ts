import { setTimeout as delay } from "node:timers/promises";
import { RetriableError } from "../errors.js";
import type { Action, Fault, Step } from "./fault.js";
import type { Journal } from "./journal.js";

/** A signal that a process sends to itself may reach another thread first. */
const SIGNAL_MS = 50;

/** What is to happen to this member, and when. Signals hit it on the spot: it never takes another step before. */
export class Script {
  readonly #journal: Journal;
  readonly #slowMs: number;
  readonly #open: Set<Fault>;
  readonly #counts = new Map<Step, number>();

  constructor({ faults, slowMs, journal }: { faults: readonly Fault[]; slowMs: number; journal: Journal }) {
    this.#open = new Set(faults);
    this.#slowMs = slowMs;
    this.#journal = journal;
  }

  /** The member stands at this step. @returns what the caller has to do about it. */
  at(step: Step): Action | undefined {
    const count = (this.#counts.get(step) ?? 0) + 1;
    this.#counts.set(step, count);
    const fault = [...this.#open].find(({ step: at, nth }) => at === step && nth === count);
    if (fault === undefined) return undefined;
    this.#open.delete(fault);
    this.#journal.append({ what: "fault", fault });
    if (fault.action === "kill") this.kill();
    else if (fault.action === "stop") suffer("SIGSTOP");
    else return fault.action;
    return undefined;
  }

  /** The same where there is a way to fail and to wait. @throws {RetriableError} */
  async pass(step: Step): Promise<Action | undefined> {
    const action = this.at(step);
    if (action === "fail") throw new RetriableError(`The script lets it fail (${step}).`);
    if (action === "slow") await delay(this.#slowMs);
    return action;
  }

  kill(): void {
    suffer("SIGKILL");
  }
}

function suffer(signal: NodeJS.Signals): void {
  process.kill(process.pid, signal);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SIGNAL_MS);
}
