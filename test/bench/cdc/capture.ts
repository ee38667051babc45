import { changesTopic } from "@freshet/schemas/topics";
import type { Admin } from "kafkajs";
import type { Client } from "pg";
import { Pipeline } from "../../support/pipeline.js";
import type { ServiceProcess } from "../../support/service-process.js";
import { until } from "../../support/until.js";
import type { Servers } from "./servers.js";
import { SourceTable } from "./source-table.js";
import { TopicWatch } from "./topic-watch.js";

export const PARTITIONS = 6;
let captures = 0;

/** The producer as it is deployed, a process of its own, before one table and its topic. */
export class Capture {
  readonly table: SourceTable;
  readonly watch: TopicWatch;
  readonly #client: Client;
  readonly #pipeline: Pipeline;
  #service: ServiceProcess | null = null;

  private constructor(client: Client, table: SourceTable, pipeline: Pipeline, watch: TopicWatch) {
    this.#client = client;
    this.table = table;
    this.#pipeline = pipeline;
    this.watch = watch;
  }

  /** A new table, or one that is there already: what its topic held before is gone then. */
  static async prepare({ postgres, kafka, client, admin }: Servers, filled?: SourceTable): Promise<Capture> {
    const name = `bench_cdc_${process.pid}_${++captures}`;
    const table = filled ?? (await SourceTable.create(client, name));
    const pipeline = await Pipeline.prepare({
      ...{ postgresUrl: postgres.url, brokers: kafka.brokers, modelDirectory: "", dtype: "q8" },
      ...{ name, table, text: "{{ note }}", payload: ["name"], partitions: PARTITIONS, logLevel: "warn" },
    });
    return new Capture(client, table, pipeline, topicOf(admin, table));
  }

  /** Its slot and publication have this name. */
  get name(): string {
    return this.#pipeline.name;
  }

  /** Starts the producer's process; `alive` throws once it has ended. */
  async start(): Promise<{ readonly pid: number; readonly alive: () => void }> {
    const service = await this.#pipeline.start("cdc-producer");
    this.#service = service;
    const alive = () => {
      if (!service.running) throw new Error(`the producer ended:\n${service.log}`);
    };
    return { pid: service.pid, alive };
  }

  /** Runs the producer until an empty table's snapshot is over and changes come, so that the slot waits for it. */
  async startEmpty(): Promise<{ readonly pid: number; readonly alive: () => void }> {
    const running = await this.start();
    // The snapshot's end, on every partition, and a row.
    await this.watch.reaches(PARTITIONS, running.alive);
    await this.table.insert(0, 1);
    await this.watch.reaches(PARTITIONS + 1, running.alive);
    return running;
  }

  async stop(): Promise<void> {
    await this.#service?.end("SIGTERM");
    const slotIsFree = async () => {
      const { rows } = await this.#client.query(SLOT_IS_FREE, [this.name]);
      return rows.length === 1;
    };
    await until(slotIsFree, { what: `slot ${this.name} is free`, timeoutMs: 30_000 });
  }

  /** Leaves the table and what the topic holds. */
  async close(): Promise<void> {
    await this.#pipeline.stop();
    await this.#client.query(DROP_SLOT, [this.name]);
    await this.#client.query(`DROP PUBLICATION IF EXISTS ${this.name}`);
  }
}

function topicOf(admin: Admin, { schema, name }: SourceTable): TopicWatch {
  return new TopicWatch(admin, changesTopic(schema, name));
}

const SLOT_IS_FREE = "SELECT 1 FROM pg_replication_slots WHERE slot_name = $1 AND NOT active";
const DROP_SLOT = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1";
