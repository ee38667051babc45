import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "pg";
import { randomWords } from "../support/random-words.js";

const WORDS = "river storm engine garden planet letter winter market bridge signal harbour mirror".split(" ");
/** A rate that the model keeps up with on two busy cores. */
const PAUSE_MS = 10;

type Statement = readonly [sql: string, values: unknown[]];

export interface WorkloadOptions {
  readonly client: Client;
  /** Quoted as SQL wants it. */
  readonly table: string;
  readonly random: () => number;
  /** Whether it also truncates the table; it does unless told not to. */
  readonly truncates?: boolean | undefined;
  /** Between two changes; 10 ms unless given. */
  readonly pauseMs?: number | undefined;
}

/**
 * Inserts, updates, payload-only updates, key changes, deletes and now and then a truncate, one commit each; the last is
 * an insert, lest an empty index be held against an empty table.
 */
export class Workload {
  readonly #options: WorkloadOptions;
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #newest = 0;
  #changes = 0;

  constructor(options: WorkloadOptions) {
    this.#options = options;
  }

  /** Committed so far. */
  get changes(): number {
    return this.#changes;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await this.#commit(this.#next());
      await wait(this.#options.pauseMs ?? PAUSE_MS);
    }
    await this.#commit(this.#insert());
  }

  async #commit([sql, values]: Statement): Promise<void> {
    await this.#options.client.query(sql, values);
    this.#changes += 1;
  }

  #next(): Statement {
    const { table, random, truncates = true } = this.#options;
    const dice = random();
    if (this.#newest < 5 || dice < 0.4) return this.#insert();
    if (dice < 0.65) return [`UPDATE ${table} SET body = $2 WHERE id = $1`, [this.#anyId(), this.#text()]];
    if (dice < 0.8) return [`UPDATE ${table} SET note = note + 1 WHERE id = $1`, [this.#anyId()]];
    if (dice < 0.87) return [`UPDATE ${table} SET id = $2 WHERE id = $1`, [this.#anyId(), this.#newId()]];
    if (dice < 0.997 || !truncates) return [`DELETE FROM ${table} WHERE id = $1`, [this.#anyId()]];
    return [`TRUNCATE ${table}`, []];
  }

  #insert(): Statement {
    return [`INSERT INTO ${this.#options.table} VALUES ($1, $2, 0)`, [this.#newId(), this.#text()]];
  }

  #newId(): number {
    this.#newest += 1;
    return this.#newest;
  }

  #anyId(): number {
    return 1 + Math.floor(this.#options.random() * this.#newest);
  }

  #text(): string {
    const { random } = this.#options;
    return randomWords(WORDS, 3 + Math.floor(random() * 6), random);
  }
}
