import { setTimeout } from "node:timers/promises";
import { NothingSentError } from "./errors.js";

/** A longer wait isn't sat out inside a call: the caller is told, and shows it. */
const PATIENCE_MS = 30_000;
/** So that those who waited for the same moment don't all come at once. */
const SPREAD_MS = 250;

/** Until when a server wants to be left alone; shared by all requests to it. */
export class Pause {
  #until = 0;

  /** A shorter wait than one that is running changes nothing. */
  extend(milliseconds: number): void {
    this.#until = Math.max(this.#until, Date.now() + milliseconds);
  }

  /** @throws {NothingSentError} when it lasts too long to be waited for here. @throws the signal's reason. */
  async wait(signal: AbortSignal): Promise<void> {
    for (let left = this.#left(); left > 0; left = this.#left()) {
      if (left > PATIENCE_MS) {
        throw new NothingSentError(`The server asked to be left alone for another ${Math.ceil(left / 1000)} s.`);
      }
      await setTimeout(left + Math.random() * SPREAD_MS, undefined, { signal });
    }
  }

  #left(): number {
    return this.#until - Date.now();
  }
}
