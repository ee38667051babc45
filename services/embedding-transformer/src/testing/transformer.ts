import { toStorePlaces } from "@freshet/process/stores/store-places";
import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import type { IndexConfiguration } from "@freshet/process/configuration";
import { createLogger } from "@freshet/process/logger";
import { sourceSchema } from "@freshet/process/source-configuration";
import { encodeChangeEvent, type ChangeEvent } from "@freshet/schemas/change-event";
import { controlKey } from "@freshet/schemas/control-message";
import type { EmbeddedMessage } from "@freshet/schemas/embedded-document";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import { encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import { changesTopic, deadLetterTopic, embeddingsTopic } from "@freshet/schemas/topics";
import { Application } from "@freshet/streaming/application";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import type { Message } from "@freshet/streaming/message";
import { Registry } from "prom-client";
import { onTestFinished } from "vitest";
import { EmbeddingTransformer } from "../service.js";
import { documentsOf } from "../topics.js";

export const PARTITIONS = 3;
export const MODEL = {
  provider: "local",
  name: "BAAI/bge-small-en-v1.5",
  dtype: "q8",
  queryPrefix: "",
  documentPrefix: "",
} as const;
const logger = createLogger({ name: "test", level: "error", pretty: false });

export type Received = Message<RowKey, EmbeddedMessage>;

type Settings = Pick<IndexConfiguration, "text"> & Partial<Pick<IndexConfiguration, "where" | "chunking" | "payload">>;

interface TransformerOptions {
  readonly modelDirectory: string;
  readonly settings: Settings;
  /** Of an index without a table. */
  readonly topic?: string;
}

/** A transformer of one index of one table or topic, with names of their own. */
export function prepareTransformer({ modelDirectory, settings, topic }: TransformerOptions) {
  const [table, index] = [randomName("books"), randomName("library")];
  const rows = topic === undefined ? { table: { schema: "public", name: table } } : { topic };
  const brokers = kafkaBrokers();
  const context = {
    configuration: {
      source: sourceSchema.parse({ tables: [`public.${table}`] }),
      topics: { partitions: PARTITIONS },
      models: { small: { ...MODEL, threads: 1 } },
      stores: { main: { kind: "qdrant" as const } },
      indexes: {
        [index]: {
          payload: [],
          filterable: {},
          hybrid: false,
          ...settings,
          ...rows,
          model: "small",
          stores: ["main"],
        },
      },
    },
    environment: {
      configurationPath: "",
      kafka: { brokers, sessionTimeoutMs: 10_000, clientId: "test" },
      postgres: {},
      stores: toStorePlaces({}),
      modelDirectory,
      modelCache: "",
      cache: { directory: "", maxBytes: 0 },
      secret: () => undefined,
      httpHost: "",
      httpPort: 0,
      logLevel: "error" as const,
    },
    logger,
    registry: new Registry(),
  };
  const input = topic ?? changesTopic("public", table);
  const connection: KafkaConnection = { brokers, clientId: "test", logger };
  const start = () => {
    const stop = new AbortController();
    const service = new EmbeddingTransformer({ ...context, registry: new Registry() });
    const ended = service.run(stop.signal);
    const close = async () => {
      stop.abort();
      await ended;
    };
    return { service, ended, close };
  };
  return { table, input, output: embeddingsTopic(index), connection, start };
}

export async function createTopic(connection: KafkaConnection, name: string): Promise<void> {
  const admin = await connectTopicAdmin(connection);
  await admin.ensureTopic({ name, partitions: PARTITIONS });
  await admin.close();
}

export interface Change {
  /** Text goes as it is. */
  readonly key: RowKey | string;
  readonly value: string | null;
  readonly partition?: number;
}

export async function produce(connection: KafkaConnection, topic: string, changes: readonly Change[]): Promise<void> {
  const channel = await openDeliveryChannel({ connection, deadLetterTopic, registry: new Registry() });
  for (const { key, ...record } of changes)
    channel.offer({ topic, key: typeof key === "string" ? key : encodeRowKey(key), ...record });
  await channel.flush();
  await channel.close(10_000);
}

/** Everything that lies in the topic, and what comes while the test runs. */
export function read(connection: KafkaConnection, topic: string): Received[] {
  const received: Received[] = [];
  const stop = new AbortController();
  const application = new Application({
    connection,
    consumerGroup: randomName("reader"),
    sessionTimeoutMs: 10_000,
    registry: new Registry(),
    deadLetterTopic,
  });
  const write = (batch: readonly Received[]) => Promise.resolve(void received.push(...batch));
  application.dataframe(documentsOf(topic)).sink({ write }, { maxItems: 100, maxBytes: 1e6, maxWaitMs: 1 });
  const ended = application.run({ signal: stop.signal });
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  return received;
}

/** Makes the events of a table, each at a higher position than the one before. */
export function eventsOf(table: string) {
  let seq = 0;
  const source = () => ({
    db: "shop",
    schema: "public",
    table,
    txId: 1,
    lsn: 900n,
    tsMs: 1_700_000_000_000 + seq,
    snapshot: false,
    position: { epoch: 1, commitLsn: 1000n, seq: ++seq },
    rowHash: `hash ${seq}`,
  });
  const encode = (event: ChangeEvent) => encodeChangeEvent(event);
  return {
    written: (id: number, row: JsonObject): Change => ({
      key: { id },
      value: encode({ op: "c", before: null, after: { id, ...row }, source: source(), tsMs: 1 }),
    }),
    deleted: (id: number): Change => ({
      key: { id },
      value: encode({ op: "d", before: null, source: source(), tsMs: 1 }),
    }),
    tombstone: (id: number): Change => ({ key: { id }, value: null }),
    /** To every partition, as the producer does. */
    control: (op: "t" | "m"): Change[] => {
      const event = encode({ op, source: source(), tsMs: 1 });
      const key = controlKey(op === "t" ? "truncate" : "snapshot-end");
      return Array.from({ length: PARTITIONS }, (_, partition) => ({ key, value: event, partition }));
    },
  };
}
