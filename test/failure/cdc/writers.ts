import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "pg";
import { onTestFinished } from "vitest";
import { until } from "../../support/until.js";
import type { SceneTable, SourceScene } from "./source-scene.js";

const PAUSE_MS = 3;
/** Past what Postgres keeps in the row itself, also compressed. */
const LONG_TEXT_BYTES = 6_000;
/** Two writers that were in each other's way. */
const COLLISIONS = new Set(["23505", "40P01"]);

export interface WritersOptions {
  readonly table?: SceneTable;
  /** So many keys are changed again and again: from 1 on. */
  readonly keys?: number;
  readonly sessions?: number;
}

/** Sessions that change the same few rows all the time, and come back when the server does. */
export class Writers {
  readonly #scene: SourceScene;
  readonly #table: string;
  readonly #keys: number;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>[];
  #changes = 0;

  private constructor(scene: SourceScene, { table = scene.table, keys = 40, sessions = 3 }: WritersOptions) {
    this.#scene = scene;
    this.#table = table.quoted;
    this.#keys = keys;
    this.#running = Array.from({ length: sessions }, () => this.#write());
  }

  static start(scene: SourceScene, options: WritersOptions = {}): Writers {
    const writers = new Writers(scene, options);
    onTestFinished(() => writers.stop());
    return writers;
  }

  /** Resolves when so many more transactions have ended. */
  async more(transactions: number): Promise<void> {
    const goal = this.#changes + transactions;
    await until(() => this.#changes >= goal, {
      what: `${transactions} more transactions ended`,
      timeoutMs: 60_000,
      everyMs: 2,
    });
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#running);
  }

  async #write(): Promise<void> {
    let client: Client | null = null;
    while (!this.#stopped.signal.aborted) {
      try {
        client ??= await this.#scene.connect();
        await this.#transaction(client);
        this.#changes += 1;
      } catch (error) {
        const { code = "" } = error as { readonly code?: string };
        if (COLLISIONS.has(code)) await client?.query("ROLLBACK").catch(() => undefined);
        else client = null;
      }
      await wait(PAUSE_MS);
    }
  }

  async #transaction(client: Client): Promise<void> {
    const dice = this.#scene.random();
    if (dice < 0.7) {
      await this.#change(client);
      return;
    }
    await client.query("BEGIN");
    const statements = 1 + Math.floor(this.#scene.random() * 5);
    for (let place = 0; place < statements; place++) {
      await client.query("SAVEPOINT here");
      await this.#change(client);
      if (this.#scene.random() < 0.2) await client.query("ROLLBACK TO here");
    }
    await client.query(this.#scene.random() < 0.1 ? "ROLLBACK" : "COMMIT");
  }

  async #change(client: Client): Promise<void> {
    const dice = this.#scene.random();
    const key = this.#key();
    if (dice < 0.25) {
      const sql = `INSERT INTO ${this.#table} (id, body) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET body = excluded.body`;
      await client.query(sql, [key, this.#text()]);
    } else if (dice < 0.65) await client.query(`UPDATE ${this.#table} SET note = note + 1 WHERE id = $1`, [key]);
    else if (dice < 0.75) await client.query(`UPDATE ${this.#table} SET body = $2 WHERE id = $1`, [key, this.#text()]);
    else if (dice < 0.85) await client.query(`UPDATE ${this.#table} SET id = $2 WHERE id = $1`, [key, this.#key()]);
    else await client.query(`DELETE FROM ${this.#table} WHERE id = $1`, [key]);
  }

  #key(): number {
    return 1 + Math.floor(this.#scene.random() * this.#keys);
  }

  #text(): string {
    const { random } = this.#scene;
    if (random() < 0.1) return randomBytes(LONG_TEXT_BYTES).toString("base64");
    return `text ${Math.floor(random() * 1e6)}`;
  }
}
