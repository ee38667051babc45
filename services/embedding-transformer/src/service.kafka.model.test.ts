import { openLocalModel } from "@freshet/embeddings/local/local-model";
import { kafkaBrokers, modelFolder, randomName } from "@freshet/local-stack/testing";
import { createLogger } from "@freshet/process/logger";
import { encodeChangeEvent, type ChangeEvent } from "@freshet/schemas/change-event";
import { controlKey } from "@freshet/schemas/control-message";
import type { EmbeddedMessage, UpsertDocument } from "@freshet/schemas/embedded-document";
import { encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import { changesTopic, deadLetterTopic, embeddingsTopic } from "@freshet/schemas/topics";
import { Application } from "@freshet/streaming/application";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import type { Message } from "@freshet/streaming/message";
import { Registry } from "prom-client";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { EmbeddingTransformer } from "./service.js";
import { documentsOf } from "./topics.js";
import { sourceSchema } from "@freshet/process/source-configuration";

const PARTITIONS = 3;
const MODEL = {
  provider: "local",
  name: "BAAI/bge-small-en-v1.5",
  dtype: "q8",
  queryPrefix: "",
  documentPrefix: "",
} as const;
const logger = createLogger({ name: "test", level: "error", pretty: false });

type Received = Message<RowKey, EmbeddedMessage>;

let modelDirectory: string;
beforeAll(async () => {
  modelDirectory = await modelFolder("q8");
});

/** A transformer of one index of one table, both with names of their own; stopped when the test ends. */
function startTransformer(text: string) {
  const [table, index] = [randomName("books"), randomName("library")];
  const brokers = kafkaBrokers();
  const context = {
    configuration: {
      source: sourceSchema.parse({ tables: [`public.${table}`] }),
      topics: { partitions: PARTITIONS },
      models: { small: { ...MODEL, threads: 1 } },
      stores: { main: { kind: "qdrant" as const } },
      indexes: {
        [index]: {
          table: { schema: "public", name: table },
          text,
          payload: ["title"],
          model: "small",
          stores: ["main"],
        },
      },
    },
    environment: {
      configurationPath: "",
      kafka: { brokers, sessionTimeoutMs: 10_000, clientId: "test" },
      postgres: {},
      qdrant: { url: "" },
      zvec: { directory: "", url: "" },
      modelDirectory,
      modelCache: "",
      httpHost: "",
      httpPort: 0,
      logLevel: "error" as const,
    },
    logger,
    registry: new Registry(),
  };
  const input = changesTopic("public", table);
  const connection = { brokers, clientId: "test", logger };
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

type Connection = ReturnType<typeof startTransformer>["connection"];

async function createTopic(connection: Connection, name: string): Promise<void> {
  const admin = await connectTopicAdmin(connection);
  await admin.ensureTopic({ name, partitions: PARTITIONS });
  await admin.close();
}

interface Change {
  readonly key: RowKey;
  readonly value: string | null;
  readonly partition?: number;
}

async function produce(connection: Connection, topic: string, changes: readonly Change[]): Promise<void> {
  const channel = await openDeliveryChannel({ connection, deadLetterTopic, registry: new Registry() });
  for (const { key, ...record } of changes) channel.offer({ topic, key: encodeRowKey(key), ...record });
  await channel.flush();
  await channel.close(10_000);
}

/** Everything that lies in the topic, and what comes while the test runs. */
function read(connection: Connection, topic: string): Received[] {
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
function eventsOf(table: string) {
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
    written: (id: number, title: string | null, description: string | null): Change => ({
      key: { id },
      value: encode({ op: "c", before: null, after: { id, title, description }, source: source(), tsMs: 1 }),
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

function isSnapshotEnd({ value }: Received): boolean {
  return value.op === "snapshot-end";
}

function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  return a?.reduce((sum, x, i) => sum + x * (b?.[i] ?? NaN), 0) ?? NaN;
}

describe("the embedding transformer", () => {
  it("turns a table's changes into embedded documents, row by row in order, and goes on where it stopped", async () => {
    const { table, input, output, connection, start } = startTransformer("{{ title }} {{ description }}");
    const events = eventsOf(table);
    const transformer = start();
    await vi.waitFor(() => expect(transformer.service.readiness().reason).toContain(input), 30_000);
    await createTopic(connection, input);
    await produce(connection, input, [
      ...events.control("t"),
      events.written(1, "Dune", "A desert planet is the site of political intrigue."),
      events.written(2, "Emma", "A young woman makes matches."),
      { key: { id: 3 }, value: "no change event" },
      events.written(4, "Solaris", "An ocean that thinks."),
      events.deleted(4),
      events.tombstone(4),
      events.tombstone(5),
      events.written(2, "Emma", "A rich young woman makes matches for others."),
      ...events.control("m"),
    ]);
    const received = read(connection, output);
    await vi.waitFor(() => expect(received.filter(isSnapshotEnd)).toHaveLength(PARTITIONS), 60_000);
    await transformer.close();

    const ofRow = (id: number) => received.filter(({ key }) => key["id"] === id).map(({ value }) => value);
    const model = await openLocalModel({ ...MODEL, directory: modelDirectory, cacheDirectory: "" });
    onTestFinished(() => model.close());
    for (const [id, text, seq] of [
      [1, "Dune A desert planet is the site of political intrigue.", 2],
      [2, "Emma A rich young woman makes matches for others.", 6],
    ] as const) {
      const last = ofRow(id).at(-1) as UpsertDocument;
      expect(last).toMatchObject({
        op: "upsert",
        source: {
          table: `public.${table}`,
          key: { id },
          position: { epoch: 1, commitLsn: 1000n, seq },
          rowHash: `hash ${seq}`,
        },
        model: model.identity,
        chunks: [{ index: 0, text }],
        payload: { title: text.split(" ")[0] },
      });
      const [embedding] = await model.embed([text], "document");
      expect(cosine(last.chunks[0]?.vector, embedding?.vector)).toBeGreaterThan(0.99);
    }
    expect(ofRow(3)).toEqual([]);
    const position = { epoch: 1, commitLsn: 1000n, seq: 5 };
    expect(ofRow(4).slice(-2)).toMatchObject([
      { op: "delete", source: { position } },
      { op: "tombstone", position },
    ]);
    expect(ofRow(5)).toEqual([{ op: "tombstone", position: null }]);
    expect(received.filter(({ value }) => value.op === "truncate")).toHaveLength(PARTITIONS);
    const admin = await connectTopicAdmin(connection);
    onTestFinished(() => admin.close());
    expect(await admin.partitionCount(output)).toBe(PARTITIONS);
    expect(await admin.partitionCount(deadLetterTopic(input))).not.toBeNull();

    await produce(connection, input, [events.written(6, null, null), ...events.control("m")]);
    const before = received.length;
    const again = start();
    await vi.waitFor(() => expect(received.filter(isSnapshotEnd)).toHaveLength(2 * PARTITIONS), 60_000);
    await again.close();
    expect(received.slice(before).filter((message) => !isSnapshotEnd(message))).toMatchObject([
      { key: { id: 6 }, value: { op: "upsert", chunks: [], payload: { title: null } } },
    ]);
  });

  it("ends with a sentence when the configuration names a column that the table hasn't got", async () => {
    const { table, input, connection, start } = startTransformer("{{ descripton }}");
    await createTopic(connection, input);
    await produce(connection, input, [eventsOf(table).written(1, "Dune", "A desert planet.")]);
    await expect(start().ended).rejects.toThrow(
      /uses the column "descripton", but the table public\..* has only id, title/,
    );
  });

  it("refuses an output topic with another number of partitions", async () => {
    const { input, output, connection, start } = startTransformer("{{ description }}");
    await createTopic(connection, input);
    const admin = await connectTopicAdmin(connection);
    await admin.ensureTopic({ name: output, partitions: PARTITIONS + 1 });
    await admin.close();
    await expect(start().ended).rejects.toThrow(`The topic ${output} has 4 partitions but ${input} has 3`);
  });
});
