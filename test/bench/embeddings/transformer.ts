import type { LocalStack } from "@freshet/local-stack/local-stack";
import { embeddingsTopic, tableTopic } from "@freshet/schemas/topics";
import { Client } from "pg";
import { Pipeline } from "../../support/pipeline.js";
import type { ServiceProcess } from "../../support/service-process.js";
import { until } from "../../support/until.js";

export interface Row {
  readonly id: string;
  readonly text: string;
}

const TIMEOUT_MS = 1_800_000;

/** A table, and the two services that make an index's topic of it. */
export class TransformerRun {
  readonly client: Client;
  readonly input: string;
  readonly output: string;
  readonly #name: string;
  readonly #pipeline: Pipeline;
  #producer: ServiceProcess | undefined;
  #transformer: ServiceProcess | undefined;

  private constructor(client: Client, pipeline: Pipeline, name: string) {
    this.client = client;
    this.#pipeline = pipeline;
    this.#name = name;
    const table = { schema: name, name: "texts" };
    this.input = tableTopic(table, [table]);
    this.output = embeddingsTopic(name);
  }

  /** Starts nothing. */
  static async prepare(stack: LocalStack, name: string, dtype: "fp32" | "q8"): Promise<TransformerRun> {
    const client = new Client({ connectionString: stack.postgres.url });
    await client.connect();
    await client.query(`CREATE SCHEMA ${name}`);
    await client.query(`CREATE TABLE ${name}.texts (id text PRIMARY KEY, text text, views integer NOT NULL DEFAULT 0)`);
    const pipeline = await Pipeline.prepare({
      postgresUrl: stack.postgres.url,
      brokers: stack.kafka.brokers,
      modelDirectory: stack.modelDirectory,
      ...{ dtype, name, table: { schema: name, name: "texts" } },
      text: "{{ text }}",
      payload: ["views"],
      logLevel: "warn",
    });
    return new TransformerRun(client, pipeline, name);
  }

  async insert(rows: readonly Row[]): Promise<void> {
    await this.client.query(`INSERT INTO ${this.#name}.texts SELECT * FROM unnest($1::text[], $2::text[])`, [
      rows.map(({ id }) => id),
      rows.map(({ text }) => text),
    ]);
  }

  /** `UPDATE … SET views`: all that isn't text. */
  async touchAll(): Promise<void> {
    await this.client.query(`UPDATE ${this.#name}.texts SET views = views + 1`);
  }

  async deleteAll(): Promise<void> {
    await this.client.query(`DELETE FROM ${this.#name}.texts`);
  }

  async startProducer(): Promise<void> {
    this.#producer = await this.#pipeline.start("cdc-producer");
    await this.#producer.ready(TIMEOUT_MS);
  }

  async startTransformer(): Promise<ServiceProcess> {
    this.#transformer = await this.#pipeline.start("embedding-transformer");
    await this.#transformer.ready(TIMEOUT_MS);
    return this.#transformer;
  }

  /** Texts that cost an inference so far. */
  inferences(): Promise<number> {
    return this.#metric(/^freshet_embedding_texts_total\{.*\} (\d+)/gm);
  }

  /** Messages in the index's topic so far that carry a row, or that delete one. */
  written(op: "upsert" | "delete"): Promise<number> {
    return this.#metric(new RegExp(`^freshet_embedding_documents_total\\{.*op="${op}".*\\} (\\d+)`, "gm"));
  }

  async reached(op: "upsert" | "delete", count: number): Promise<void> {
    const done = async () => {
      this.#alive();
      return (await this.written(op)) >= count;
    };
    await until(done, { what: `${count} messages (${op}) are written`, timeoutMs: TIMEOUT_MS, everyMs: 100 });
  }

  async stop(): Promise<void> {
    await this.#pipeline.stop("SIGKILL");
    const slot =
      "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND NOT active";
    const dropped = async () => (await this.client.query(slot, [this.#name])).rowCount === 1;
    await until(dropped, { what: `the slot ${this.#name} is free`, timeoutMs: 30_000 }).catch(() => undefined);
    await this.client.query(`DROP PUBLICATION IF EXISTS ${this.#name}; DROP SCHEMA ${this.#name} CASCADE`);
    await this.client.end();
  }

  #alive(): void {
    for (const service of [this.#producer, this.#transformer]) {
      if (service?.running === false) throw new Error(`${service.name} ended:\n${service.log}`);
    }
  }

  async #metric(lines: RegExp): Promise<number> {
    const answer = await fetch(`${this.#transformer?.url ?? ""}/metrics`);
    return [...(await answer.text()).matchAll(lines)].reduce((sum, [, value]) => sum + Number(value), 0);
  }
}
