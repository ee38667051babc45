import { startPostgres, type PostgresServer, type StartPostgresOptions } from "@freshet/local-stack/postgres";
import { randomSource } from "@freshet/local-stack/random";
import { kafkaBrokers, modelFolder, randomName } from "@freshet/local-stack/testing";
import { openRemoteStore } from "@freshet/vector-stores/remote/store";
import type { PointMetadata, SearchableStore } from "@freshet/vector-stores/vector-store";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { expect, onTestFinished } from "vitest";
import { FreshetCommand, type CommandOutcome } from "../../support/freshet-command.js";
import { indexHashes, tableHashes } from "../../support/index-comparison.js";
import { Pipeline } from "../../support/pipeline.js";
import { passedThrough } from "../../support/quiescence.js";
import type { ServiceProcess } from "../../support/service-process.js";
import { until } from "../../support/until.js";
import { openStableAddress, type StableAddress } from "./stable-address.js";

const PATIENCE_MS = 90_000;
/** The table as SQL wants it; its schema is in the clients' search path. */
export const NOTES = '"Notes"';
const COLUMNS = ["id", "body", "note"] as const;

/** Some chunks of 24 tokens. */
export const LONG =
  "The river runs past the garden, the market and the bridge, and the letters lie in its harbour. ".repeat(2);

interface Difference {
  readonly kind: string;
  readonly key: string;
}

interface Verified extends CommandOutcome {
  readonly counts: Readonly<Record<string, number>> | undefined;
  readonly examples: readonly Difference[];
}

/** A Postgres of the test's own, reached by an address that may lead to another one later, and a pipeline on it. */
export class RestoreScene {
  readonly postgres: PostgresServer;
  readonly address: StableAddress;
  readonly pipeline: Pipeline;
  readonly producer: ServiceProcess;
  readonly random: () => number;
  readonly #schema: string;
  readonly #store: SearchableStore;
  #client: Client;

  private constructor(
    parts: Pick<RestoreScene, "postgres" | "address" | "pipeline" | "producer" | "random"> & {
      readonly schema: string;
      readonly client: Client;
    },
  ) {
    const { postgres, address, pipeline, producer, random, schema, client } = parts;
    this.postgres = postgres;
    this.address = address;
    this.pipeline = pipeline;
    this.producer = producer;
    this.random = random;
    this.#schema = schema;
    this.#client = client;
    this.#store = openRemoteStore({ url: pipeline.storeUrl, store: "main" });
    onTestFinished(() => this.#store.close());
  }

  /** A pipeline that has captured the table, and reads on. @param table the SQL that makes and fills `NOTES`. */
  static async open(postgres: PostgresServer, table: string): Promise<RestoreScene> {
    const seed = process.env["FRESHET_TEST_SEED"] ?? String(Math.floor(Math.random() * 2 ** 31));
    console.log(`FRESHET_TEST_SEED=${seed}`);
    const address = await openStableAddress(postgres.url);
    const schema = randomName("shop");
    const client = await connectTo(postgres.url, schema);
    await client.query(`CREATE SCHEMA ${schema}`);
    await client.query(table);
    const pipeline = await Pipeline.prepare({
      ...{
        postgresUrl: address.url,
        brokers: kafkaBrokers(),
        name: randomName("notes"),
        table: { schema, name: "Notes" },
      },
      ...{ modelDirectory: await modelFolder("q8"), dtype: "q8", partitions: 3 },
      ...{ text: "{{ body }}", payload: ["note"], settings: { chunking: { maxTokens: 24, overlap: 0 } } },
    });
    onTestFinished(async () => {
      await pipeline.stop("SIGKILL");
    });
    const producer = await pipeline.start("cdc-producer");
    const others = [await pipeline.start("embedding-transformer"), await pipeline.start("vector-sink")];
    await Promise.all([producer, ...others].map((service) => service.ready()));
    const scene = new RestoreScene({
      postgres,
      address,
      pipeline,
      producer,
      random: randomSource(Number(seed)),
      schema,
      client,
    });
    await scene.expectEqual();
    // Until then what happens to the table may have it read again.
    await until(() => producer.log.includes("snapshot: done"), {
      ...{ what: "the snapshot is done", timeoutMs: PATIENCE_MS },
    });
    return scene;
  }

  get client(): Client {
    return this.#client;
  }

  /** After the server was restarted, or another one took its place. */
  async reconnect(serverUrl = this.postgres.url): Promise<void> {
    this.#client = await connectTo(serverUrl, this.#schema);
  }

  freshet(...words: readonly string[]): FreshetCommand {
    const command = new FreshetCommand(this.pipeline.environment, words);
    onTestFinished(() => command.kill());
    return command;
  }

  async verify(...options: readonly string[]): Promise<Verified> {
    const outcome = await this.freshet("verify", "--json", ...options).outcome();
    const parsed = (outcome.stdout === "" ? {} : JSON.parse(outcome.stdout)) as {
      reports?: Omit<Verified, keyof CommandOutcome>[];
    };
    const report = parsed.reports?.[0];
    return { ...outcome, counts: report?.counts, examples: report?.examples ?? [] };
  }

  /** Resolves when all that is committed by now is in the index, and fails unless that is the table then. */
  async expectEqual(): Promise<void> {
    const { client, pipeline } = this;
    const table = { schema: this.#schema, name: "Notes" };
    await passedThrough({
      ...{ brokers: kafkaBrokers(), client, name: pipeline.name, table, timeoutMs: PATIENCE_MS },
    });
    const expected = await tableHashes(client, NOTES, COLUMNS);
    expect(expected.size).toBeGreaterThan(0);
    await until(async () => (await indexHashes(this.#store, pipeline.name)).size === expected.size, {
      ...{ what: "the index has as many rows as the table", timeoutMs: PATIENCE_MS, everyMs: 200 },
    }).catch(() => undefined);
    expect(await indexHashes(this.#store, pipeline.name)).toEqual(expected);
  }

  /** Of every point in the index. */
  async points(): Promise<PointMetadata[]> {
    const found: PointMetadata[] = [];
    const collection = (await this.#store.resolveAlias(this.pipeline.name)) ?? "";
    for (let after: string | null = null, isFirst = true; isFirst || after !== null; isFirst = false) {
      const page = await this.#store.scroll(collection, 1000, after);
      found.push(...page.points.map(({ metadata }) => metadata));
      after = page.next;
    }
    return found;
  }

  /** Resolves when the producer has ended by itself, saying so. */
  async producerRefuses(sentence: RegExp): Promise<void> {
    const { producer } = this;
    const ended = () => !producer.running;
    await until(ended, { what: "the producer ends", timeoutMs: PATIENCE_MS }).catch((cause: unknown) => {
      throw new Error(`it didn't end:\n${producer.log}`, { cause });
    });
    expect(await producer.end("SIGTERM")).toBe(1);
    expect(producer.log.trim().split("\n").at(-1)).toMatch(sentence);
  }

  /** The documented way back. The producer is killed now and then while it takes up what was accepted. */
  async goBack(): Promise<void> {
    const asked = await this.freshet("source", "accept").outcome();
    expect(asked).toMatchObject({ code: 1, stderr: expect.stringContaining("say --yes to accept it") as string });
    const accepting = this.freshet("source", "accept", "--yes", "--wait");
    await until(() => accepting.output.includes("Accepted: start the cdc-producer"), {
      ...{ what: "it is accepted", timeoutMs: PATIENCE_MS },
    });
    for (let kills = 0; kills < 3; kills += 1) {
      this.producer.start();
      await delay(this.random() * 2_000);
      await this.producer.end("SIGKILL");
    }
    this.producer.start();
    await this.producer.ready();
    const accepted = await accepting.outcome();
    expect(accepted, accepted.stderr).toMatchObject({ code: 0 });

    const repaired = await this.verify("--repair");
    expect(repaired, `${repaired.stdout}\n${repaired.stderr}`).toMatchObject({ code: 0 });
    const after = await this.verify("--deep", "1");
    expect(after, `${after.stdout}\n${after.stderr}`).toMatchObject({ code: 0 });
    expect(after.examples).toEqual([]);
    await this.expectEqual();
  }
}

export async function ownPostgres(options: StartPostgresOptions = {}): Promise<PostgresServer> {
  const server = await startPostgres(options);
  onTestFinished(() => server.stop());
  return server;
}

/** @param schema where names are looked for, and made. */
export async function connectTo(url: string, schema = "public"): Promise<Client> {
  const client = new Client({ connectionString: url, options: `-c search_path=${schema}` });
  // A server that is killed ends its sessions.
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}
