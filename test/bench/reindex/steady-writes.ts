import { setTimeout as wait } from "node:timers/promises";
import { encodeRowKey } from "@freshet/schemas/row-key";
import { pointId } from "@freshet/vector-stores/point-id";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";
import type { Client } from "pg";
import { until } from "../../support/until.js";

/** Of so many writes one is watched until searches find it. */
const WRITES_PER_PROBE = 25;
const PROBE_EVERY_MS = 50;
const PATIENCE_MS = 120_000;

interface SteadyWritesOptions {
  readonly client: Client;
  /** Quoted as SQL wants it; with the columns `id`, `title` and `body`. */
  readonly table: string;
  readonly index: string;
  /** A point that the index's alias leads to is found by the next search; and to look for it takes no inference. */
  readonly store: Pick<SearchableStore, "resolveAlias" | "retrieve">;
  readonly perSecond: number;
  /** Rows 1 to this one are there, and may be updated or deleted. */
  readonly rows: number;
  readonly random: () => number;
  readonly text: () => string;
}

/** What a stretch of writes meant. */
export interface Written {
  readonly writes: number;
  /** That an index over `body` alone had to embed. */
  readonly bodies: number;
  /** That an index over title and body had to embed. */
  readonly texts: number;
  /** From each watched commit's answer to the first look that found it. */
  readonly freshnessMs: readonly number[];
}

type Changed = "body" | "title" | "nothing";

/** Inserts, updates of the body, updates of the title alone and deletes, at a steady rate. */
export class SteadyWrites {
  readonly #options: SteadyWritesOptions;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  #probes: Promise<number>[] = [];
  #newest: number;
  #written = { writes: 0, bodies: 0, texts: 0 };

  constructor(options: SteadyWritesOptions) {
    this.#options = options;
    this.#newest = options.rows;
    this.#running = this.#run();
    // Whoever stops it hears of it.
    this.#running.catch(() => undefined);
  }

  /** All since the last call, once its watched rows are found; the writes go on. */
  async take(): Promise<Written> {
    const [probes, written] = [this.#probes, this.#written];
    this.#probes = [];
    this.#written = { writes: 0, bodies: 0, texts: 0 };
    return { ...written, freshnessMs: await Promise.all(probes) };
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const intervalMs = 1000 / this.#options.perSecond;
    for (let due = performance.now(), turn = 0; !this.#stopped.signal.aborted; due += intervalMs, turn += 1) {
      if (turn % WRITES_PER_PROBE === 0) await this.#probe();
      else await this.#write();
      await wait(Math.max(0, due + intervalMs - performance.now()));
    }
  }

  async #write(): Promise<void> {
    const { client, table, random, text } = this.#options;
    const dice = random();
    // No watched row among them: one that is deleted at once may never be seen.
    const id = 1 + Math.floor(random() * this.#options.rows);
    const write = async (changed: Changed, sql: string, values: readonly unknown[]) =>
      this.#count(changed, await client.query(sql, [...values]));
    if (dice < 0.3) await this.#insert(text());
    else if (dice < 0.6) await write("body", `UPDATE ${table} SET body = $2 WHERE id = $1`, [id, text()]);
    else if (dice < 0.85) await write("title", `UPDATE ${table} SET title = $2 WHERE id = $1`, [id, text()]);
    else await write("nothing", `DELETE FROM ${table} WHERE id = $1`, [id]);
  }

  /** @returns its id. */
  async #insert(body: string): Promise<number> {
    const { client, table } = this.#options;
    this.#newest += 1;
    const values = [this.#newest, `Title ${this.#newest}`, body];
    this.#count("body", await client.query(`INSERT INTO ${table} VALUES ($1, $2, $3)`, values));
    return this.#newest;
  }

  async #probe(): Promise<void> {
    const { index, store, text } = this.#options;
    const id = await this.#insert(text());
    const committedAt = performance.now();
    const point = pointId(index, encodeRowKey({ id: BigInt(id) }), 0);
    const found = async () => {
      const collection = await store.resolveAlias(index);
      return collection !== null && (await store.retrieve(collection, [point])).has(point);
    };
    const waiting = { what: `row ${id} is searchable`, timeoutMs: PATIENCE_MS, everyMs: PROBE_EVERY_MS };
    const probe = until(found, waiting).then(() => performance.now() - committedAt);
    // Whoever takes it hears of it.
    probe.catch(() => undefined);
    this.#probes.push(probe);
  }

  #count(changed: Changed, { rowCount }: { readonly rowCount: number | null }): void {
    const rows = rowCount ?? 0;
    this.#written.writes += 1;
    this.#written.bodies += changed === "body" ? rows : 0;
    this.#written.texts += changed === "nothing" ? 0 : rows;
  }
}
