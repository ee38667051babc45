import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import { createLogger } from "@freshet/process/logger";
import { sinkGroup } from "@freshet/schemas/consumer-groups";
import { controlKey } from "@freshet/schemas/control-message";
import { encodeEmbeddedMessage, type EmbeddedMessage } from "@freshet/schemas/embedded-document";
import { encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import { decodeState, type ServiceState } from "@freshet/schemas/service-state";
import { deadLetterTopic, embeddingsTopic, STATE_TOPIC } from "@freshet/schemas/topics";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { openRemoteStore } from "@freshet/vector-stores/remote/store";
import fastify from "fastify";
import { Registry } from "prom-client";
import { expect, it, onTestFinished, vi } from "vitest";
import { VectorSink } from "./service.js";
import { sourceSchema } from "@freshet/process/source-configuration";

const PARTITIONS = 2;
const TABLE = "public.books";
const MODEL = { name: "test/model", revision: "f00d", dtype: "fp32", dimensions: 3 };
const logger = createLogger({ name: "test", level: "silent", pretty: false });

interface Produced {
  readonly key: RowKey;
  readonly value: EmbeddedMessage;
  readonly partition: number;
}

const at = (lsn: number) => ({ epoch: 1, commitLsn: BigInt(lsn), seq: 1 });
const source = (id: number, lsn: number) => ({
  table: TABLE,
  key: { id },
  position: at(lsn),
  rowHash: `row ${lsn}`,
  committedAt: Date.now(),
});

function upsert(id: number, lsn: number, texts: readonly string[], model = MODEL): Produced {
  const chunks = texts.map((text, index) => ({
    index,
    text,
    textHash: text,
    vector: Float32Array.of(1, text.length, index),
  }));
  return {
    key: { id },
    value: { op: "upsert", source: source(id, lsn), model, chunks, payload: { id, lsn } },
    partition: id % PARTITIONS,
  };
}

function deletion(id: number, lsn: number): Produced[] {
  const of = (value: EmbeddedMessage) => ({ key: { id }, value, partition: id % PARTITIONS });
  return [of({ op: "delete", source: source(id, lsn) }), of({ op: "tombstone", position: at(lsn) })];
}

function truncation(lsn: number): Produced[] {
  const value = { op: "truncate", table: TABLE, position: at(lsn), committedAt: Date.now() } as const;
  return Array.from({ length: PARTITIONS }, (_, partition) => ({ key: controlKey("truncate"), value, partition }));
}

/** An index with names of its own, its topic, and a zvec folder that goes with the test. */
async function prepare() {
  const folder = await mkdtemp(join(tmpdir(), "freshet-sink-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const index = randomName("library");
  const connection = { brokers: kafkaBrokers(), clientId: "test", logger };

  const start = async () => {
    const http = fastify();
    const registry = new Registry();
    const sink = await VectorSink.open({
      configuration: {
        source: sourceSchema.parse({ tables: ["public.books"] }),
        topics: { partitions: PARTITIONS },
        models: {},
        stores: { main: { kind: "zvec" } },
        indexes: {
          [index]: { table: { schema: "public", name: "books" }, text: "", payload: [], model: "", stores: ["main"] },
        },
      },
      environment: {
        configurationPath: "",
        kafka: { ...connection, sessionTimeoutMs: 10_000 },
        postgres: {},
        qdrant: { url: "" },
        zvec: { directory: folder, url: "" },
        modelCache: "",
        cache: { directory: "", maxBytes: 0 },
        secret: () => undefined,
        httpHost: "",
        httpPort: 0,
        logLevel: "error",
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
    return { sink, ended, close, registry, store: openRemoteStore({ url, store: "main" }) };
  };

  const produce = async (messages: readonly Produced[]) => {
    const channel = await openDeliveryChannel({ connection, deadLetterTopic, registry: new Registry() });
    for (const { key, value, partition } of messages) {
      const topic = embeddingsTopic(index);
      channel.offer({ topic, key: encodeRowKey(key), partition, ...encodeEmbeddedMessage(value) });
    }
    await channel.flush();
    await channel.close(10_000);
  };

  const withAdmin = async <T>(work: (admin: Awaited<ReturnType<typeof connectTopicAdmin>>) => Promise<T>) => {
    const admin = await connectTopicAdmin(connection);
    return work(admin).finally(() => admin.close());
  };
  const createTopic = () =>
    withAdmin((admin) => admin.ensureTopic({ name: embeddingsTopic(index), partitions: PARTITIONS }));
  const caughtUp = () =>
    vi.waitFor(async () => {
      const group = sinkGroup("main", index);
      const { partitions } = await withAdmin((admin) => admin.groupProgress(group, [embeddingsTopic(index)]));
      for (const { committed, end } of partitions) expect(end === 0n || committed === end).toBe(true);
    }, 30_000);
  return { index, connection, start, produce, createTopic, caughtUp, withAdmin };
}

type Sink = Awaited<ReturnType<Awaited<ReturnType<typeof prepare>>["start"]>>;

/** Each stored row's texts, by id. */
async function rowsOf({ store }: Sink, index: string): Promise<Record<string, string[]>> {
  const collection = await store.resolveAlias(index);
  if (collection === null) return {};
  const hits = await store.search(collection, { vector: Float32Array.of(1, 1, 1), k: 100 });
  const rows: Record<string, string[]> = {};
  for (const { metadata, text } of hits) (rows[metadata.key] ??= [])[metadata.chunk] = text;
  return rows;
}

it("waits for the topic, then brings the store to what the topic says, also after a restart", async () => {
  const { index, connection, start, produce, createTopic, caughtUp, withAdmin } = await prepare();
  const first = await start();
  await vi.waitFor(() => expect(first.sink.readiness().reason).toContain(embeddingsTopic(index)), 30_000);
  await createTopic();
  const misfit = { ...upsert(8, 5, ["x"]), key: { id: 8 } };
  await produce([
    upsert(1, 10, ["long", "longer", "longest"]),
    upsert(2, 11, ["gone soon"]),
    upsert(3, 12, ["stays"]),
    upsert(5, 13, ["truncated"]),
    { ...misfit, value: { ...misfit.value, model: { ...MODEL, dimensions: 7 } } as EmbeddedMessage },
    upsert(1, 20, ["short"]),
    ...deletion(2, 21),
    upsert(3, 22, ["stays"]),
    ...truncation(15),
  ]);
  await vi.waitFor(() => expect(first.sink.readiness()).toEqual({ ready: true }), 30_000);
  await caughtUp();
  const expected = { '{"id":1}': ["short"], '{"id":3}': ["stays"] };
  expect(await rowsOf(first, index)).toEqual(expected);
  expect(await withAdmin((admin) => admin.partitionCount(deadLetterTopic(embeddingsTopic(index))))).not.toBeNull();
  const metrics = await first.registry.metrics();
  expect(metrics).toMatch(
    new RegExp(`freshet_sink_rows_total\\{index="${index}",store="main",result="created"\\} [1-9]`),
  );
  expect(metrics).toMatch(/freshet_sink_freshness_seconds_count\{.*\} [1-9]/);
  await first.close();

  await produce([...deletion(3, 30), upsert(1, 9, ["too late"]), upsert(7, 31, ["new"])]);
  const second = await start();
  await caughtUp();
  expect(await rowsOf(second, index)).toEqual({ '{"id":1}': ["short"], '{"id":7}': ["new"] });
  await second.close();

  const state = await openCompactedTopic({ connection, topic: STATE_TOPIC, signal: AbortSignal.timeout(30_000) });
  const marks = [...state.entries.values()].map((text): ServiceState => decodeState(text));
  await state.close();
  const positions = marks.flatMap((mark) => (mark.kind === "applied" && mark.index === index ? [mark.position] : []));
  expect(positions.sort()).toEqual(["1/15/1", "1/31/1"]);
});

it("ends with the cure when the model changes under an index, and stores nothing of the other", async () => {
  const { index, start, produce, createTopic, caughtUp } = await prepare();
  await createTopic();
  await produce([upsert(1, 10, ["one"])]);
  const sink = await start();
  await caughtUp();
  await produce([upsert(2, 11, ["two"], { ...MODEL, revision: "beef" })]);
  await expect(sink.ended).rejects.toThrow(/holds vectors of test\/model .*another name in freshet\.yaml/);
  const again = await start();
  expect(await rowsOf(again, index)).toEqual({ '{"id":1}': ["one"] });
  await expect(again.ended).rejects.toThrow(/another name/);
});
