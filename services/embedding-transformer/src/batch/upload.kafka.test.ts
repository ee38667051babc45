import { setTimeout as delay } from "node:timers/promises";
import { Batch, type UploadResponse } from "@freshet/batch-client/batch-protocol";
import { toWire } from "@freshet/batch-client/batch-rows";
import { written as sentOn } from "@freshet/batch-client/open-call";
import { startKafka } from "@freshet/local-stack/kafka";
import { encodeRowKey } from "@freshet/schemas/row-key";
import { readTopic } from "@freshet/streaming/kafka/topic-reader";
import { partitionOf } from "@freshet/streaming/kafka/murmur2";
import { credentials, status } from "@grpc/grpc-js";
import { expect, it, onTestFinished, vi } from "vitest";
import { deleted, produceRows, startBatchService, written } from "../testing/batch-service.js";
import { BESIDE_PIPELINE } from "./row-change.js";

type Service = Awaited<ReturnType<typeof startBatchService>>;

const upload = (id: number | string, text = `better text of ${id}`, change: { position?: string } = {}) => ({
  key: JSON.stringify({ id }),
  chunks: [{ text, vector: Float32Array.of(0, 1, 0, 0) }],
  ...change,
});

/** All records of a row, as they lie in the topic. */
async function recordsOf({ admin, connection, topic }: Service, id: number | string) {
  const offsets = (await admin.topicOffsets(topic)) ?? [];
  const ends = new Map(offsets.filter(({ low, end }) => end > low).map(({ partition, end }) => [partition, end]));
  const key = encodeRowKey({ id });
  const records = [];
  for await (const piece of readTopic({ connection, topic, ends, signal: AbortSignal.timeout(30_000) })) {
    records.push(...piece.filter((record) => record.key?.toString() === key));
  }
  return records;
}

async function exported({ index, jobs }: Service): Promise<[string, string, string][]> {
  const rows: [string, string, string][] = [];
  for await (const { key, position, chunks } of jobs.export(index)) rows.push([key, position, chunks[0]?.text ?? ""]);
  return rows;
}

it("takes what may be right, at the row's own position and in its partition, and says what it left", async () => {
  const service = await startBatchService();
  const { index, topic, connection, jobs, model } = service;
  const elsewhere = (partitionOf(encodeRowKey({ id: 1 }), 3) + 1) % 3;
  await produceRows(connection, topic, [
    { ...written(1, 10), partition: elsewhere },
    written(2, 20),
    written(3, 30),
    written(4, 40),
    ...deleted(4, 41),
    written(6, 50),
  ]);
  const result = await jobs.upload(index, model, [
    upload(1),
    upload(2, "made from an old state", { position: "1/19/1" }),
    upload(3, "text of 3"),
    upload(4),
    upload(5),
    upload(6, "of the future", { position: "1/60/1" }),
    { key: '{"id":7}', chunks: [{ text: "x", vector: Float32Array.of(NaN, 0, 0, 0) }] },
    upload(8, "x".repeat(2_000_000)),
  ]);
  expect(result).toMatchObject({ accepted: 2, skipped: 3, failed: 3 });
  expect(result.reasons.map(({ outcome, key, reason }) => [outcome, key, reason])).toEqual([
    ["OUTCOME_SKIPPED", '{"id":2}', "the index has a newer state of the row, of 1/20/1"],
    ["OUTCOME_SKIPPED", '{"id":3}', "the same texts are there already, at the same position"],
    ["OUTCOME_SKIPPED", '{"id":4}', "the row was deleted at 1/41/1"],
    ["OUTCOME_FAILED", '{"id":6}', expect.stringContaining("leave the position out")],
    ["OUTCOME_FAILED", '{"id":7}', "the vector of chunk 0 has a number that isn't finite"],
    ["OUTCOME_FAILED", '{"id":8}', expect.stringMatching(/takes \d+ bytes, and the topic takes \d+/)],
  ]);
  expect(await exported(service)).toEqual([
    ['{"id":1}', "1/10/1", "better text of 1"],
    ['{"id":2}', "1/20/1", "text of 2"],
    ['{"id":3}', "1/30/1", "text of 3"],
    ['{"id":5}', "0/0/0", "better text of 5"],
    ['{"id":6}', "1/50/1", "text of 6"],
  ]);
  expect((await recordsOf(service, 1)).map(({ partition }) => partition)).toEqual([elsewhere, elsewhere]);
  expect((await recordsOf(service, 5))[0]?.partition).toBe(partitionOf('{"id":5}', 3));
  const [, replaced] = await recordsOf(service, 1);
  expect(JSON.parse(replaced?.value?.toString() ?? "")).toMatchObject({
    source: { table: "public.books", rowHash: "hash 10" },
    model,
    payload: { title: "title of 1" },
  });

  expect(await jobs.upload(index, model, [upload(1), upload(5)])).toMatchObject({ accepted: 0, skipped: 2, failed: 0 });
  await produceRows(connection, topic, [written(1, 11, "the table's"), written(5, 51, "the table's")]);
  expect(await exported(service)).toEqual([
    ['{"id":1}', "1/11/1", "the table's"],
    ['{"id":2}', "1/20/1", "text of 2"],
    ['{"id":3}', "1/30/1", "text of 3"],
    ['{"id":5}', "1/51/1", "the table's"],
    ['{"id":6}', "1/50/1", "text of 6"],
  ]);
});

it("writes the newer state again where the table's change passed an upload on its way", async () => {
  const service = await startBatchService();
  const { topic, connection } = service;
  await produceRows(connection, topic, [
    written(1, 20, "newer"),
    written(2, 20),
    ...deleted(2, 21),
    written(3, 20, "newer"),
  ]);
  const late = (id: number) => ({ ...written(id, 19, "uploaded too late"), headers: BESIDE_PIPELINE });
  // Row 3's comes from the pipeline, whose own order is nobody's business here.
  await produceRows(connection, topic, [late(1), late(2), written(3, 19)]);
  expect(await exported(service)).toEqual([
    ['{"id":1}', "1/20/1", "newer"],
    ['{"id":3}', "1/20/1", "newer"],
  ]);
  const last = async (id: number) => (await recordsOf(service, id)).at(-1);
  expect((await last(1))?.value?.toString()).toContain('"position":"1/20/1"');
  expect(await last(2)).toMatchObject({ value: null, headers: { "freshet.position": "1/21/1" } });
  expect((await last(3))?.value?.toString()).toContain('"position":"1/19/1"');
});

it("does so also when it wasn't there meanwhile, and without being called", async () => {
  const service = await startBatchService();
  const { topic, connection, server, start } = service;
  await produceRows(connection, topic, [written(1, 20, "newer")]);
  await exported(service);
  await server.close();
  await produceRows(connection, topic, [{ ...written(1, 19, "uploaded too late"), headers: BESIDE_PIPELINE }]);
  await start(server.port);
  await vi.waitFor(
    async () => {
      const records = await recordsOf(service, 1);
      expect(records.at(-1)?.value?.toString()).toContain('"position":"1/20/1"');
      expect(records).toHaveLength(3);
    },
    { timeout: 30_000, interval: 200 },
  );
});

it("refuses another model, and rows without a start", async () => {
  const { index, jobs, model, server } = await startBatchService();
  const other = { ...model, revision: "2" };
  await expect(jobs.upload(index, other, [upload(1)])).rejects.toThrow('revision 1, not "2"');
  const client = new Batch(`127.0.0.1:${server.port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  const code = await new Promise((resolve) => {
    const call = client.upload((error) => resolve(error?.code));
    call.write({ rows: { rows: [] } });
  });
  expect(code).toBe(status.INVALID_ARGUMENT);
});

it("holds the client up while the broker takes nothing, and loses nothing", async () => {
  const kafka = await startKafka();
  onTestFinished(() => kafka.stop());
  const { index, model, server } = await startBatchService({ brokers: kafka.brokers });
  const client = new Batch(`127.0.0.1:${server.port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  const [messages, rows] = [120, 25];
  let answered: (response: UploadResponse | undefined) => void = () => undefined;
  const answer = new Promise<UploadResponse | undefined>((resolve) => (answered = resolve));
  const call = client.upload((_, response) => answered(response));
  let sent = 0;
  const sendUntil = async (end: number) => {
    for (; sent < end; sent++) {
      const ids = Array.from({ length: rows }, (_, place) => upload(sent * rows + place, "x".repeat(20_000)));
      await sentOn(call, { rows: { rows: ids.map(toWire) } });
    }
  };
  await sentOn(call, { start: { index, model } });
  await sendUntil(2);
  const metric = () => server.registry.getSingleMetricAsString("freshet_batch_rows_total");
  await vi.waitFor(async () => expect(await metric()).toMatch(/result="accepted"\} [1-9]/), 30_000);
  await kafka.pause();
  const sending = sendUntil(messages).then(() => call.end());
  const held = await vi.waitFor(
    async () => {
      const before = sent;
      await delay(1000);
      expect(sent).toBe(before);
      return sent;
    },
    { timeout: 30_000 },
  );
  // 60 MB altogether; 2 MiB wait for the broker, 16 messages of half a MB for their turn.
  expect(held).toBeLessThan(messages / 2);
  kafka.resume();
  await sending;
  expect(await answer).toMatchObject({ accepted: messages * rows, skipped: 0, failed: 0 });
});
