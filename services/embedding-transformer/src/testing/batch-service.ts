import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchJobs } from "@freshet/batch-client/batch-jobs";
import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import { createLogger } from "@freshet/process/logger";
import { encodeEmbeddedMessage, type EmbeddedMessage } from "@freshet/schemas/embedded-document";
import { encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import { textHash } from "@freshet/schemas/text-hash";
import { deadLetterTopic, embeddingsTopic } from "@freshet/schemas/topics";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import type { Logger } from "@freshet/streaming/logger";
import { Registry } from "prom-client";
import { onTestFinished } from "vitest";
import type { DocumentEmbedder } from "../batch/batch-index.js";
import { BatchServer } from "../batch/batch-server.js";

const PARTITIONS = 3;
const quietLogger = createLogger({ name: "test", level: "error", pretty: false });

/** For tests that embed nothing. */
const noEmbedder: DocumentEmbedder = {
  model: {
    identity: { name: "test", revision: "1", dtype: "fp32", dimensions: 4 },
    prefix: () => "",
  },
  embed: () => Promise.reject(new Error("this test embeds nothing")),
};

export interface TestRow {
  readonly key: RowKey;
  readonly message: EmbeddedMessage;
  readonly partition?: number;
  /** Beside those of the message. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestServiceOptions {
  readonly embedder?: DocumentEmbedder;
  readonly apiKey?: string;
  readonly logger?: Logger;
  /** Instead of those that all tests share. */
  readonly brokers?: readonly string[];
}

/** The gRPC service of one index whose topic exists, with a client. All of it ends with the test. */
export async function startBatchService(options: TestServiceOptions = {}) {
  const { embedder = noEmbedder, apiKey, logger = quietLogger, brokers = kafkaBrokers() } = options;
  const index = randomName("library");
  const topic = embeddingsTopic(index);
  const connection: KafkaConnection = { brokers, clientId: randomName("client"), logger };
  const admin = await connectTopicAdmin(connection);
  onTestFinished(() => admin.close());
  await admin.ensureTopic({ name: topic, partitions: PARTITIONS, config: { "cleanup.policy": "compact" } });
  const directory = await mkdtemp(join(tmpdir(), "freshet-batch-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const start = async (port = 0) => {
    const registry = new Registry();
    const server = await BatchServer.start({
      host: "127.0.0.1",
      port,
      apiKey,
      directory,
      indexes: [index],
      connection,
      registry,
    });
    const serve = (one: string) => server.serve({ name: index, topic: one, table: "public.books", embedder });
    serve(topic);
    let isOpen = true;
    const close = async () => {
      if (isOpen) await server.close();
      isOpen = false;
    };
    onTestFinished(close);
    return { port: server.port, registry, serve, close };
  };
  const server = await start();
  const jobs = new BatchJobs({ address: `127.0.0.1:${server.port}`, ...(apiKey === undefined ? {} : { apiKey }) });
  onTestFinished(() => jobs.close());
  return { index, topic, connection, admin, jobs, server, start, model: embedder.model.identity };
}

/** Writes to the topic as the pipeline does. */
export async function produceRows(connection: KafkaConnection, topic: string, rows: Iterable<TestRow>): Promise<void> {
  const channel = await openDeliveryChannel({ connection, deadLetterTopic, registry: new Registry() });
  for (const { key, message, headers, ...place } of rows) {
    const encoded = encodeEmbeddedMessage(message);
    channel.offer({ topic, key: encodeRowKey(key), ...encoded, headers: { ...encoded.headers, ...headers }, ...place });
    if (channel.isFull) await channel.ready();
  }
  await channel.flush();
  await channel.close(10_000);
}

const { identity } = noEmbedder.model;

/** A row of the table as it was at a WAL position. */
export function written(id: number | string, lsn: number, text = `text of ${id}`): TestRow {
  const key = { id };
  const position = { epoch: 1, commitLsn: BigInt(lsn), seq: 1 };
  const chunks = [
    { index: 0, text, textHash: textHash(identity, "", text), vector: Float32Array.of(1, 0, 0, 0), tokens: 3 },
  ];
  const source = { table: "public.books", key, position, rowHash: `hash ${lsn}`, committedAt: 1_700_000_000_000 + lsn };
  return { key, message: { op: "upsert", source, model: identity, chunks, payload: { title: `title of ${id}` } } };
}

/** What the pipeline writes of a deleted row. */
export function deleted(id: number | string, lsn: number): TestRow[] {
  const key = { id };
  const position = { epoch: 1, commitLsn: BigInt(lsn), seq: 1 };
  const source = { table: "public.books", key, position, rowHash: null, committedAt: 1_700_000_000_000 + lsn };
  return [
    { key, message: { op: "delete", source } },
    { key, message: { op: "tombstone", position } },
  ];
}
/** To every partition, as the pipeline does. */
export function control(op: "truncate" | "snapshot-end", lsn: number): TestRow[] {
  const position = { epoch: 1, commitLsn: BigInt(lsn), seq: 0 };
  const message = { op, table: "public.books", position, committedAt: 1_700_000_000_000 + lsn };
  return Array.from({ length: PARTITIONS }, (_, partition) => ({ key: { $freshet: op }, message, partition }));
}
