import { setTimeout as wait } from "node:timers/promises";
import { search, type Answer } from "./search-client.js";

/** One search and what came back. */
export interface Searched {
  readonly question: string;
  /** By performance.now(). */
  readonly begunAt: number;
  readonly endedAt: number;
  /** Null when it failed. */
  readonly answers: readonly Answer[] | null;
  readonly error: string | null;
}

interface SteadySearchesOptions {
  /** Of the search service. */
  readonly url: string;
  readonly index: string;
  readonly perSecond: number;
  readonly question: () => string;
  readonly k: number;
}

/** Asks at a steady rate, whether or not the answer before has come. */
export class SteadySearches {
  readonly #options: SteadySearchesOptions;
  readonly #stopped = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  readonly #running: Promise<void>;
  readonly done: Searched[] = [];

  constructor(options: SteadySearchesOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  get failed(): readonly Searched[] {
    return this.done.filter(({ answers }) => answers === null);
  }

  /** Resolves with all of them, when the last answer is there. */
  async stop(): Promise<readonly Searched[]> {
    this.#stopped.abort();
    await this.#running;
    await Promise.all(this.#pending);
    return this.done;
  }

  async #run(): Promise<void> {
    const intervalMs = 1000 / this.#options.perSecond;
    for (let due = performance.now(); !this.#stopped.signal.aborted; due += intervalMs) {
      const asking = this.#ask().finally(() => this.#pending.delete(asking));
      this.#pending.add(asking);
      await wait(Math.max(0, due + intervalMs - performance.now()));
    }
  }

  async #ask(): Promise<void> {
    const { url, index, question: next, k } = this.#options;
    const question = next();
    const begunAt = performance.now();
    const ended = (outcome: Pick<Searched, "answers" | "error">) =>
      this.done.push({ question, begunAt, endedAt: performance.now(), ...outcome });
    try {
      ended({ answers: await search(url, question, { index, k }), error: null });
    } catch (error) {
      ended({ answers: null, error: error instanceof Error ? error.message : String(error) });
    }
  }
}
