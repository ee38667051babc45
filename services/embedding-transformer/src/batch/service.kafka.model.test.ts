import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchJobs } from "@freshet/batch-client/batch-jobs";
import { freePort } from "@freshet/local-stack/free-port";
import { kafkaBrokers, modelFolder, randomName } from "@freshet/local-stack/testing";
import { configurationSchema } from "@freshet/process/configuration";
import { parseEnvironment } from "@freshet/process/environment";
import { createLogger } from "@freshet/process/logger";
import { encodeChangeEvent } from "@freshet/schemas/change-event";
import { encodeRowKey } from "@freshet/schemas/row-key";
import { changesTopic, deadLetterTopic } from "@freshet/schemas/topics";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { Registry } from "prom-client";
import { expect, it, onTestFinished, vi } from "vitest";
import { EmbeddingTransformer } from "../service.js";

it("is part of the transformer: the same model and cache as the index, and the table's next change wins", async () => {
  const [table, index] = [randomName("books"), randomName("library")];
  const input = changesTopic("public", table);
  const directory = await mkdtemp(join(tmpdir(), "freshet-batch-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const port = await freePort("127.0.0.1");
  const configuration = configurationSchema.parse({
    source: { tables: [`public.${table}`] },
    models: { small: { provider: "local", name: "BAAI/bge-small-en-v1.5" } },
    stores: { main: { kind: "qdrant" } },
    indexes: { [index]: { table: `public.${table}`, text: "{{ title }}", model: "small", stores: ["main"] } },
  });
  const environment = parseEnvironment(
    {
      FRESHET_KAFKA_BROKERS: kafkaBrokers().join(","),
      FRESHET_MODEL_DIR: await modelFolder("q8"),
      FRESHET_CACHE_DIR: join(directory, "cache"),
      FRESHET_GRPC_PORT: String(port),
      FRESHET_BATCH_DIR: join(directory, "batch"),
    },
    { name: "test", defaultPort: 0 },
  );
  const logger = createLogger({ name: "test", level: "error", pretty: false });
  const connection = { ...environment.kafka, logger };
  const admin = await connectTopicAdmin(connection);
  onTestFinished(() => admin.close());
  await admin.ensureTopic({ name: input, partitions: 2 });
  const change = async (title: string, seq: number) => {
    const position = { epoch: 1, commitLsn: 100n, seq };
    const facts = { db: "shop", schema: "public", table, txId: 1, lsn: 90n, tsMs: 1_700_000_000_000, snapshot: false };
    const source = { ...facts, position, rowHash: "hash" };
    const event = encodeChangeEvent({ op: "c", before: null, after: { id: 1, title }, source, tsMs: 1 });
    const channel = await openDeliveryChannel({ connection, deadLetterTopic, registry: new Registry() });
    channel.offer({ topic: input, key: encodeRowKey({ id: 1 }), value: event });
    await channel.flush();
    await channel.close(5000);
  };

  const registry = new Registry();
  const stop = new AbortController();
  const service = new EmbeddingTransformer({ configuration, environment, logger, registry });
  const ended = service.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  const jobs = new BatchJobs({ address: `127.0.0.1:${port}` });
  onTestFinished(() => jobs.close());
  await change("A desert planet.", 1);
  const texts = async () => {
    const found: string[] = [];
    for await (const { chunks } of jobs.export(index)) found.push(...chunks.map(({ text }) => text));
    return found;
  };
  await vi.waitFor(async () => expect(await texts()).toEqual(["A desert planet."]), { timeout: 60_000, interval: 200 });

  const inferred = async () =>
    (await registry.getSingleMetricAsString("freshet_embedding_duration_seconds")).match(/_count.* (\d+)/)?.[1];
  const before = await inferred();
  expect(Number(before)).toBeGreaterThan(0);
  for await (const embedded of jobs.embed(index, [{ id: "known", text: "A desert planet." }])) {
    expect(embedded).toMatchObject({ id: "known", vector: expect.any(Float32Array) as Float32Array });
  }
  expect(await inferred()).toBe(before);

  const better = "A desert planet, in better words.";
  const chunks: { text: string; vector: Float32Array }[] = [];
  for await (const embedded of jobs.embed(index, [{ id: "1", text: better }])) {
    if ("vector" in embedded) chunks.push({ text: better, vector: embedded.vector });
  }
  const model = await jobs.model(index);
  expect(await jobs.upload(index, model, [{ key: '{"id":1}', chunks }])).toMatchObject({ accepted: 1 });
  expect(await texts()).toEqual([better]);
  await change("A planet of water.", 2);
  await vi.waitFor(async () => expect(await texts()).toEqual(["A planet of water."]), {
    timeout: 60_000,
    interval: 200,
  });

  stop.abort();
  await ended;
  await expect(new BatchJobs({ address: `127.0.0.1:${port}`, maxFailures: 0 }).model(index)).rejects.toThrow(
    "UNAVAILABLE",
  );
});
