import { startPostgres, type PostgresServer } from "@freshet/local-stack/postgres";
import { randomSource } from "@freshet/local-stack/random";
import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import { decodeState, sourceStateKey, type SourceState } from "@freshet/schemas/service-state";
import { changesTopic, STATE_TOPIC } from "@freshet/schemas/topics";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import { randomBytes } from "node:crypto";
import getPort from "get-port";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { onTestFinished } from "vitest";
import { silent } from "../../support/quiescence.js";
import { ServiceProcess } from "../../support/service-process.js";
import { until } from "../../support/until.js";
import { difference, quoted, tableRows, type NamedTable } from "./table-rows.js";
import { TopicView } from "./topic-view.js";

/** So long a WAL sender waits for a sign of life, and a producer for one of it. */
export const SENDER_TIMEOUT_MS = 4_000;
export const PATIENCE_MS = 60_000;

/** What the default table's columns are; its name needs quoting. */
const ODD_ROWS = { "Odd Rows": "id bigint PRIMARY KEY, body text, note integer NOT NULL DEFAULT 0" };

export interface SourceSceneOptions {
  /** Each table's columns by its name. */
  readonly tables?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string>>;
  /** Default: the shared one's. */
  readonly brokers?: readonly string[];
  readonly partitions?: number;
}

export interface SceneTable extends NamedTable {
  /** As SQL wants it. */
  readonly quoted: string;
  readonly topic: string;
}

interface SceneParts extends Pick<SourceScene, "postgres" | "brokers" | "slot" | "tables" | "random"> {
  readonly folder: string;
  readonly client: Client;
}

/** A Postgres of the test's own, tables, and producers that are processes of their own. All of it ends with the test. */
export class SourceScene {
  readonly postgres: PostgresServer;
  readonly brokers: readonly string[];
  /** Names the publication too. */
  readonly slot: string;
  readonly tables: readonly SceneTable[];
  readonly random: () => number;
  readonly #folder: string;
  readonly #views = new Map<string, TopicView>();
  #client: Client;

  private constructor({ postgres, brokers, slot, tables, random, folder, client }: SceneParts) {
    this.postgres = postgres;
    this.brokers = brokers;
    this.slot = slot;
    this.tables = tables;
    this.random = random;
    this.#folder = folder;
    this.#client = client;
  }

  static async open(options: SourceSceneOptions = {}): Promise<SourceScene> {
    const { tables = ODD_ROWS, settings, brokers = kafkaBrokers(), partitions = 3 } = options;
    const seed = process.env["FRESHET_TEST_SEED"] ?? randomBytes(4).toString("hex");
    console.log(`FRESHET_TEST_SEED=${seed}`);
    const postgres = await startPostgres({ settings: { wal_sender_timeout: `${SENDER_TIMEOUT_MS}ms`, ...settings } });
    onTestFinished(() => postgres.stop());
    const schema = randomName("shop");
    const slot = randomName("slot");
    const client = await connectTo(postgres.url);
    await client.query(`CREATE SCHEMA ${schema}`);
    for (const [name, columns] of Object.entries(tables)) {
      await client.query(`CREATE TABLE ${quoted(schema, name)} (${columns})`);
    }
    const sceneTables = Object.keys(tables).map((name) => ({
      ...{ schema, name, quoted: quoted(schema, name), topic: changesTopic(schema, name) },
    }));
    const folder = await mkdtemp(join(tmpdir(), "freshet-source-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const source = { publication: slot, slot, tables: sceneTables.map((table) => table.quoted) };
    // JSON is YAML, and quotes whatever needs quoting.
    const configuration = { source, topics: { partitions }, models: {}, stores: {}, indexes: {} };
    await writeFile(join(folder, "freshet.yaml"), JSON.stringify(configuration));
    return new SourceScene({
      ...{ postgres, brokers, slot, folder, client },
      tables: sceneTables,
      random: randomSource(Number.parseInt(seed, 16)),
    });
  }

  /** Of the superuser; another one after a restart of the server. */
  get client(): Client {
    return this.#client;
  }

  /** The first table. */
  get table(): SceneTable {
    const [table] = this.tables;
    if (table === undefined) throw new Error("the scene has no table");
    return table;
  }

  /** One more session of the superuser. */
  connect(): Promise<Client> {
    return connectTo(this.postgres.url);
  }

  /** After the server was restarted. */
  async reconnect(): Promise<void> {
    this.#client = await this.connect();
  }

  /** One more producer. @param url where it finds Postgres; default: where that is. */
  async startProducer(url = this.postgres.url): Promise<ServiceProcess> {
    const service = new ServiceProcess({
      name: "cdc-producer",
      port: await getPort(),
      environment: {
        FRESHET_CONFIG: join(this.#folder, "freshet.yaml"),
        FRESHET_POSTGRES_URL: url,
        FRESHET_KAFKA_BROKERS: this.brokers.join(","),
        FRESHET_LOG_LEVEL: "info",
      },
    });
    onTestFinished(async () => {
      service.signal("SIGCONT");
      await service.end("SIGKILL");
    });
    service.start();
    return service;
  }

  /** The topic of the table, followed from now on. */
  async view({ topic }: SceneTable = this.table): Promise<TopicView> {
    const view = this.#views.get(topic) ?? (await TopicView.open(this.brokers, topic));
    this.#views.set(topic, view);
    return view;
  }

  async walEnd(): Promise<bigint> {
    return readLsn(this.client, "SELECT pg_current_wal_insert_lsn() - '0/0' AS lsn");
  }

  /** Up to where the server has been told that nothing need come again. */
  async confirmed(): Promise<bigint> {
    return readLsn(
      this.client,
      `SELECT confirmed_flush_lsn - '0/0' AS lsn FROM pg_replication_slots WHERE slot_name = '${this.slot}'`,
    );
  }

  /** Resolves when all that is committed by now is in Kafka, as the slot has it. */
  async passedThrough(): Promise<void> {
    const end = await this.walEnd();
    await until(async () => (await this.confirmed()) >= end, {
      what: `the slot has confirmed ${end}`,
      timeoutMs: PATIENCE_MS,
    });
  }

  /** As the producer stored it last. @throws {SyntaxError} when it never did. */
  async state(): Promise<SourceState> {
    const states = await this.#openStates();
    const state = decodeState(states.entries.get(sourceStateKey(this.slot)) ?? "");
    await states.close();
    if (state.kind !== "source") throw new TypeError("a source's key has another state");
    return state;
  }

  /** Resolves when each table has been taken once since the epoch began. */
  async snapshotsFinished(): Promise<void> {
    const states = await this.#openStates();
    const isFinished = () => {
      const state = decodeState(states.entries.get(sourceStateKey(this.slot)) ?? "");
      if (state.kind !== "source") return false;
      const runs = Object.values(state.snapshots);
      return runs.length === this.tables.length && runs.every(({ finishedAt }) => finishedAt !== null);
    };
    await until(isFinished, { what: "the snapshots are finished", timeoutMs: PATIENCE_MS });
    await states.close();
  }

  /** To be called when nobody writes any more: holds each topic against its table, row by row. */
  async expectTopicsEqualTables(): Promise<void> {
    await this.passedThrough();
    await this.snapshotsFinished();
    for (const table of this.tables) {
      const view = await this.view(table);
      const compare = async () => {
        const rows = await tableRows(this.client, table);
        const found = difference(rows, view.rows) ?? difference(rows, view.rowsByPosition);
        if (found !== null) throw new Error(`${view.topic} isn't its table: ${found}`);
        return true;
      };
      await until(compare, { what: `${view.topic} equals its table`, timeoutMs: PATIENCE_MS, everyMs: 200 }).catch(
        (error: unknown) => {
          throw (error as { readonly cause?: Error }).cause ?? error;
        },
      );
    }
  }

  #openStates() {
    return openCompactedTopic({
      connection: { brokers: [...this.brokers], clientId: randomName("scene"), logger: silent },
      topic: STATE_TOPIC,
      signal: new AbortController().signal,
    });
  }
}

async function connectTo(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  // A server that is killed ends its sessions.
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

async function readLsn(client: Client, sql: string): Promise<bigint> {
  const { rows } = await client.query<{ lsn: string | null }>(sql);
  return BigInt(rows[0]?.lsn ?? 0);
}
