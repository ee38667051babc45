import { toStorePlaces } from "@freshet/process/stores/store-places";
import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import { configurationSchema, type IndexConfiguration } from "@freshet/process/configuration";
import { createLogger } from "@freshet/process/logger";
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
const logger = createLogger({ name: "test", level: "silent", pretty: false });

export type Received = Message<RowKey, EmbeddedMessage>;

type Settings = Pick<IndexConfiguration, "text"> &
  Partial<Pick<IndexConfiguration, "where" | "chunking" | "payload" | "filterable">>;

interface TransformerOptions {
  readonly modelDirectory: string;
  readonly settings: Settings;
  /** Of an index without a table. */
  readonly topic?: string;
  /** Nothing is kept without it. */
  readonly cacheDirectory?: string;
  /** Instead of the one that all tests share. */
  readonly kafka?: Pick<KafkaConnection, "brokers" | "security">;
}

/** What another start has in its configuration. */
interface Changed {
  readonly settings?: Partial<Settings>;
  readonly model?: Readonly<Record<string, unknown>>;
}

/** A transformer of one index of one table or topic, with names of their own. */
export function prepareTransformer({
  modelDirectory,
  settings,
  topic,
  cacheDirectory = "",
  kafka = { brokers: kafkaBrokers() },
}: TransformerOptions) {
  const [table, index] = [randomName("books"), randomName("library")];
  const rows = topic === undefined ? { table: `public.${table}` } : { topic };
  const configurationOf = (changed: Changed) =>
    configurationSchema.parse({
      source: { tables: [`public.${table}`] },
      topics: { partitions: PARTITIONS },
      models: { small: { ...MODEL, threads: 1, ...changed.model } },
      stores: { main: { kind: "qdrant" } },
      indexes: { [index]: { ...settings, ...changed.settings, ...rows, model: "small", stores: ["main"] } },
    });
  const context = {
    environment: {
      configurationPath: "",
      kafka: { ...kafka, brokers: [...kafka.brokers], sessionTimeoutMs: 10_000, clientId: "test" },
      postgres: {},
      stores: toStorePlaces({}),
      modelDirectory,
      modelCache: "",
      cache: { directory: cacheDirectory, maxBytes: 64 * 1024 * 1024 },
      secret: () => undefined,
      httpHost: "",
      httpPort: 0,
      logLevel: "error" as const,
    },
  };
  const input = topic ?? changesTopic("public", table);
  const connection: KafkaConnection = { ...kafka, clientId: "test", logger };
  const start = (changed: Changed = {}) => {
    const stop = new AbortController();
    const registry = new Registry();
    const said: string[] = [];
    const hears = (_: object, message: string) => void said.push(message);
    const service = new EmbeddingTransformer({
      ...{ ...context, registry, configuration: configurationOf(changed) },
      logger: Object.assign(logger.child({}), { warn: hears, error: hears }),
    });
    const ended = service.run(stop.signal);
    // Whoever waits for it hears of it.
    ended.catch(() => undefined);
    const close = async () => {
      stop.abort();
      await ended;
    };
    onTestFinished(() => stop.abort());
    return { service, ended, close, registry, said };
  };
  return { table, index, input, output: embeddingsTopic(index), connection, configurationOf, start };
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
