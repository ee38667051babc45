import { randomSource } from "@freshet/local-stack/random";
import { createDatabase, kafkaBrokers, modelFolder, randomName } from "@freshet/local-stack/testing";
import { openRemoteStore } from "@freshet/vector-stores/remote/store";
import { Client } from "pg";
import { expect, onTestFinished } from "vitest";
import { indexHashes, tableHashes } from "../support/index-comparison.js";
import { Pipeline } from "../support/pipeline.js";
import { passedThrough } from "../support/quiescence.js";
import { until } from "../support/until.js";
import { Workload } from "./workload.js";

/** Long enough for the slowest heartbeat on a busy machine, short enough to be waited for. */
export const SESSION_TIMEOUT_MS = 6_000;
const SETTLE_MS = 100_000;

/** A pipeline over a table whose name needs quoting, under a stream of changes, all of it gone after the test. */
export interface Scene {
  readonly name: string;
  readonly brokers: readonly string[];
  readonly table: { readonly schema: string; readonly name: string };
  readonly client: Client;
  readonly pipeline: Pipeline;
  readonly workload: Workload;
  readonly random: () => number;
  /** Resolves when so many more changes are committed. */
  moreChanges(count: number): Promise<void>;
  /** Ends the changes, waits until they are through, and holds the index against the table, row by row. */
  expectIndexEqualsTable(): Promise<void>;
}

export interface SceneOptions {
  readonly seed: number;
  /** More of the index's settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether the workload also truncates the table; it does unless told not to. */
  readonly truncates?: boolean;
  /** Of the workload, between two changes. */
  readonly pauseMs?: number;
}

export async function setScene(options: SceneOptions): Promise<Scene> {
  console.log(`seed ${options.seed}`);
  const random = randomSource(options.seed);
  const database = await createDatabase();
  const client = await connect(database.url);
  const table = { schema: randomName("shop"), name: "Odd Rows" };
  const quoted = `${table.schema}."${table.name}"`;
  await client.query(
    `CREATE SCHEMA ${table.schema}; CREATE TABLE ${quoted} (id bigint PRIMARY KEY, body text, note integer)`,
  );

  const name = randomName("rows");
  const brokers = kafkaBrokers();
  const pipeline = await Pipeline.prepare({
    postgresUrl: database.url,
    brokers,
    modelDirectory: await modelFolder("q8"),
    dtype: "q8",
    name,
    table,
    text: "{{ body }}",
    payload: ["note"],
    settings: options.settings,
    partitions: 4,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
  });
  onTestFinished(async () => {
    await pipeline.stop("SIGKILL");
  });
  const workload = new Workload({
    ...{ client: await connect(database.url), table: quoted, random },
    ...{ truncates: options.truncates, pauseMs: options.pauseMs },
  });
  onTestFinished(async () => {
    await workload.stop();
  });

  return {
    name,
    brokers,
    table,
    client,
    pipeline,
    workload,
    random,
    moreChanges: async (count) => {
      const goal = workload.changes + count;
      await until(() => workload.changes >= goal, { what: `${count} more changes are committed`, timeoutMs: 60_000 });
    },
    expectIndexEqualsTable: async () => {
      await workload.stop();
      await passedThrough({ brokers, client, name, table, timeoutMs: SETTLE_MS });
      const store = openRemoteStore({ url: pipeline.storeUrl, store: "main" });
      const expected = await tableHashes(client, quoted, ["id", "body", "note"]);
      expect(expected.size).toBeGreaterThan(0);
      expect(await indexHashes(store, name)).toEqual(expected);
      await store.close();
    },
  };
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  onTestFinished(async () => client.end());
  return client;
}
