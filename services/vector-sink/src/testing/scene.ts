import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { definitionOf, encodeDefinition } from "@freshet/generations/definition";
import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import { configurationSchema } from "@freshet/process/configuration";
import { parseEnvironment } from "@freshet/process/environment";
import { createLogger } from "@freshet/process/logger";
import { sinkGroup } from "@freshet/schemas/consumer-groups";
import { encodeEmbeddedMessage } from "@freshet/schemas/embedded-document";
import { encodeRowKey } from "@freshet/schemas/row-key";
import { decodeState, encodeState, stateKey, type ServiceState } from "@freshet/schemas/service-state";
import type { GenerationsState } from "@freshet/schemas/index-generations";
import { CONTROL_TOPICS, deadLetterTopic, embeddingsTopic, STATE_TOPIC } from "@freshet/schemas/topics";
import type { DeliveryChannel } from "@freshet/streaming/delivery-channel";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { openRemoteStore } from "@freshet/vector-stores/remote/store";
import fastify from "fastify";
import { Registry } from "prom-client";
import { expect, onTestFinished, vi } from "vitest";
import { VectorSink } from "../service.js";
import { PARTITIONS, type Produced } from "./documents.js";

const logger = createLogger({ name: "test", level: "silent", pretty: false });
const connection = { brokers: kafkaBrokers(), clientId: "test", logger };

export interface SceneOptions {
  /** As in freshet.yaml. */
  readonly stores?: Readonly<Record<string, object>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The first generation, and its own documents, unless given. */
interface SinkOf {
  readonly generation?: number;
  readonly documents?: number;
}

export interface RecordedGeneration {
  readonly number?: number;
  readonly documents?: number;
  /** Of the index, beside what it needs. */
  readonly settings?: object;
  readonly dropping?: boolean;
}

/** An index with names of its own, its topic, and a zvec folder that goes with the test. */
export async function prepareScene({ stores = { main: { kind: "zvec" } }, environment = {} }: SceneOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), "freshet-sink-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const index = randomName("library");

  const configurationOf = (settings: object) =>
    configurationSchema.parse({
      source: { tables: ["public.books"] },
      topics: { partitions: PARTITIONS },
      models: { small: { provider: "local", name: "small", dtype: "q8" } },
      stores,
      indexes: {
        [index]: {
          ...{ table: "public.books", text: "{{ title }}", model: "small", stores: Object.keys(stores) },
          ...settings,
        },
      },
    });

  /** @param settings of the index, beside what it needs. */
  const start = async (settings: object = {}) => {
    const http = fastify();
    const registry = new Registry();
    const sink = await VectorSink.open({
      configuration: configurationOf(settings),
      environment: {
        ...parseEnvironment({ FRESHET_ZVEC_DIR: folder, ...environment }, { name: "vector-sink", defaultPort: 0 }),
        kafka: { ...connection, sessionTimeoutMs: 10_000 },
      },
      logger,
      registry,
      http,
    });
    const url = await http.listen({ port: 0, host: "127.0.0.1" });
    const stop = new AbortController();
    const ended = sink.run(stop.signal);
    ended.catch(() => undefined);
    const close = async () => {
      stop.abort();
      await ended.catch(() => undefined);
      await http.close();
    };
    onTestFinished(close);
    return { sink, url, ended, close, registry, store: openRemoteStore({ url, store: "main" }) };
  };

  const write = async (records: readonly Parameters<DeliveryChannel["offer"]>[0][]) => {
    const channel = await openDeliveryChannel({ connection, deadLetterTopic, registry: new Registry() });
    for (const record of records) channel.offer(record);
    await channel.flush();
    await channel.close(10_000);
  };
  /** @param documents the generation that they are made for. */
  const produce = (messages: readonly Produced[], documents = 1) =>
    write(
      messages.map(({ key, value, partition }) => {
        const topic = embeddingsTopic(index, documents);
        return { topic, key: encodeRowKey(key), partition, ...encodeEmbeddedMessage(value) };
      }),
    );
  const report = async (state: ServiceState) => {
    await withAdmin(async (admin) => {
      for (const topic of CONTROL_TOPICS) await admin.ensureTopic(topic);
    });
    await write([{ topic: STATE_TOPIC, key: stateKey(state), value: encodeState(state) }]);
  };
  /** Of the index's generations: the first is 1. */
  const record = (
    serving: number,
    recorded: readonly RecordedGeneration[],
    more: Partial<Pick<GenerationsState, "last" | "reindex" | "skipped">> = {},
  ) => {
    const generations = recorded.map(({ settings = {}, dropping = false, ...numbers }) => {
      const definition = encodeDefinition(definitionOf(configurationOf(settings), index));
      return { number: 1, documents: 1, ...numbers, definition, dropping, createdAt: 0 };
    });
    const last = Math.max(...generations.map(({ number }) => number));
    const state = { index, serving, generations, last, reindex: null, updatedAt: Date.now(), ...more };
    return report({ kind: "generations", ...state });
  };

  const withAdmin = async <T>(work: (admin: Awaited<ReturnType<typeof connectTopicAdmin>>) => Promise<T>) => {
    const admin = await connectTopicAdmin(connection);
    return work(admin).finally(() => admin.close());
  };
  const createTopic = (documents = 1) =>
    withAdmin((admin) => admin.ensureTopic({ name: embeddingsTopic(index, documents), partitions: PARTITIONS }));
  const group = (store = "main", generation = 1) => sinkGroup(store, index, generation);
  /** Messages that a store's sink hasn't committed. */
  const lag = async (store = "main", { generation = 1, documents = generation }: SinkOf = {}) => {
    const topics = [embeddingsTopic(index, documents)];
    const { partitions } = await withAdmin((admin) => admin.groupProgress(group(store, generation), topics));
    return partitions.reduce((sum, { committed, end }) => sum + Number(end - (committed ?? 0n)), 0);
  };
  const caughtUp = (store = "main", of: SinkOf = {}) =>
    vi.waitFor(async () => expect(await lag(store, of)).toBe(0), 60_000);
  /** What sinks have reported of the index. */
  const states = async (): Promise<ServiceState[]> => {
    const topic = await openCompactedTopic({ connection, topic: STATE_TOPIC, signal: AbortSignal.timeout(30_000) });
    await topic.close();
    const all = [...topic.entries.values()].map((text) => decodeState(text));
    return all.filter((state) => "index" in state && state.index === index);
  };
  return { index, folder, start, produce, createTopic, group, lag, caughtUp, states, withAdmin, record, report };
}

export type RunningSink = Awaited<ReturnType<Awaited<ReturnType<typeof prepareScene>>["start"]>>;

/** Each stored row's texts, by id. */
export async function rowsOf({ store }: RunningSink, index: string): Promise<Record<string, string[]>> {
  const collection = await store.resolveAlias(index);
  if (collection === null) return {};
  const hits = await store.search(collection, { vector: Float32Array.of(1, 1, 1), k: 100 });
  const rows: Record<string, string[]> = {};
  for (const { metadata, text } of hits) (rows[metadata.key] ??= [])[metadata.chunk] = text;
  return rows;
}
