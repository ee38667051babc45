import { setTimeout as delay } from "node:timers/promises";
import { Batch } from "@freshet/batch-client/batch-protocol";
import { AdminClient } from "@freshet/streaming/kafka/admin-client";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { credentials, Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { expect, it, onTestFinished, vi } from "vitest";
import { control, deleted, produceRows, startBatchService, written } from "../testing/batch-service.js";

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const result: T[] = [];
  for await (const item of items) result.push(item);
  return result;
}

async function keysOf(rows: AsyncIterable<{ readonly key: string }>): Promise<string[]> {
  return (await all(rows)).map(({ key }) => key);
}

/** Keys in the order of their numbers, for numbers below ten thousand. */
const idOf = (number: number) => `row ${String(number).padStart(4, "0")}`;

it("gives the documents in key order, each at its newest position, without those that are gone", async () => {
  const { index, topic, connection, jobs } = await startBatchService();
  await produceRows(connection, topic, [
    written("gone with the truncate", 5),
    ...control("truncate", 10),
    written(10, 20),
    written(9, 21),
    written("b", 22),
    written("a", 23),
    written("never found", 24),
    written("a", 40, "newer text"),
    written("a", 39, "late, from a process that was paused"),
    written("deleted", 25),
    ...deleted("deleted", 26),
    written("tombstone alone", 27),
    { key: { id: "tombstone alone" }, message: { op: "tombstone", position: null } },
  ]);
  const rows = await all(jobs.export(index));
  expect(rows.map(({ key }) => key)).toEqual([
    '{"id":"a"}',
    '{"id":"b"}',
    '{"id":"never found"}',
    '{"id":10}',
    '{"id":9}',
  ]);
  expect(rows[0]).toMatchObject({
    position: "1/40/1",
    table: "public.books",
    rowHash: "hash 40",
    committedAtMs: 1_700_000_000_040,
    payload: '{"title":"title of a"}',
    model: { name: "test", revision: "1", dtype: "fp32", dimensions: 4 },
    chunks: [{ text: "newer text", vector: Float32Array.of(1, 0, 0, 0) }],
  });

  await produceRows(connection, topic, control("snapshot-end", 23));
  expect(await keysOf(jobs.export(index))).toEqual(['{"id":"a"}', '{"id":"never found"}']);
});

it("goes on behind a key, also after a restart, from what it has on disk", async () => {
  const { index, topic, connection, jobs, server, start } = await startBatchService();
  await produceRows(
    connection,
    topic,
    [1, 2, 3, 4].map((number) => written(idOf(number), number)),
  );
  const first: string[] = [];
  for await (const { key } of jobs.export(index)) {
    first.push(key);
    if (first.length === 2) break;
  }
  await server.close();
  await produceRows(connection, topic, [written(idOf(5), 5), written(idOf(3), 6, "newer"), ...deleted(idOf(4), 7)]);
  await start(server.port);
  const rest = await all(jobs.export(index, { afterKey: first.at(-1) ?? "" }));
  expect([...first, ...rest.map(({ key }) => key)]).toEqual([1, 2, 3, 5].map((number) => `{"id":"${idOf(number)}"}`));
  expect(rest.map(({ position }) => position)).toEqual(["1/6/1", "1/5/1"]);
});

it("begins its view anew when the topic was", async () => {
  const { index, topic, connection, jobs, server, start } = await startBatchService();
  await produceRows(
    connection,
    topic,
    [1, 2, 3, 4].map((number) => written(idOf(number), number)),
  );
  expect(await keysOf(jobs.export(index))).toHaveLength(4);
  await server.close();
  const kafka = new AdminClient(connection);
  onTestFinished(() => kafka.close());
  await kafka.ask({}, (broker) => broker.deleteTopics({ topics: [topic] }));
  const topics = await connectTopicAdmin(connection);
  onTestFinished(() => topics.close());
  await vi.waitFor(async () => expect(await topics.partitionCount(topic)).toBeNull(), 10_000);
  await topics.ensureTopic({ name: topic, partitions: 3 });
  await produceRows(connection, topic, [written(idOf(1), 1)]);
  await start(server.port);
  expect(await keysOf(jobs.export(index))).toEqual([`{"id":"${idOf(1)}"}`]);
});

it("waits for a slow reader with a few chunks in hand, and loses nothing", async () => {
  const { index, topic, connection, jobs, server } = await startBatchService();
  const rows = 3000;
  const text = "x".repeat(30_000);
  await produceRows(
    connection,
    topic,
    Array.from({ length: rows }, (_, number) => written(idOf(number), number + 1, text)),
  );
  const sent = async () => {
    const text = await server.registry.getSingleMetricAsString("freshet_batch_rows_total");
    return Number(/result="sent"\} (\d+)/.exec(text)?.[1]);
  };
  const keys: string[] = [];
  let held = 0;
  for await (const { key } of jobs.export(index)) {
    keys.push(key);
    if (keys.length > 1) continue;
    // Whoever has stopped reading gets no more: what is sent stays the same for a while.
    await vi.waitFor(async () => {
      const before = await sent();
      await delay(500);
      expect(await sent()).toBe(before);
      held = before;
    }, 30_000);
  }
  expect(keys).toEqual(Array.from({ length: rows }, (_, number) => `{"id":"${idOf(number)}"}`));
  // 90 MB altogether, in chunks of at most 3 MiB, of which gRPC's client buffers 16 and the sockets a few.
  expect(held).toBeLessThan(0.7 * rows);
});

it("goes on by itself when the service stops under a reader, slow or not, and starts again", async () => {
  const { index, topic, connection, jobs, server, start } = await startBatchService();
  const rows = 3000;
  const text = "x".repeat(30_000);
  await produceRows(
    connection,
    topic,
    Array.from({ length: rows }, (_, number) => written(idOf(number), number + 1, text)),
  );
  const keys: string[] = [];
  for await (const { key } of jobs.export(index)) {
    keys.push(key);
    if (keys.length !== 1) continue;
    await server.close();
    await start(server.port);
  }
  expect(keys).toEqual(Array.from({ length: rows }, (_, number) => `{"id":"${idOf(number)}"}`));
});

it("answers a deadline, an unknown index, an unreadable key and a wrong API key each with its status", async () => {
  const { index, topic, connection, server } = await startBatchService({ apiKey: "right" });
  await produceRows(connection, topic, [written(1, 1)]);
  const client = new Batch(`127.0.0.1:${server.port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  const metadata = (key: string) => {
    const result = new Metadata();
    result.set("authorization", `Bearer ${key}`);
    return result;
  };
  const codeOf = async (request: object, key: string, options = {}) => {
    const call = client.export(request, metadata(key), options);
    return all(call).then(
      () => status.OK,
      (error: unknown) => (error as ServiceError).code,
    );
  };
  expect(await codeOf({ index }, "right")).toBe(status.OK);
  expect(await codeOf({ index }, "wrong")).toBe(status.UNAUTHENTICATED);
  expect(await codeOf({ index: "none" }, "right")).toBe(status.NOT_FOUND);
  expect(await codeOf({ index, afterKey: "7" }, "right")).toBe(status.INVALID_ARGUMENT);
  expect(await codeOf({ index }, "right", { deadline: Date.now() - 1 })).toBe(status.DEADLINE_EXCEEDED);
});

it("gives the documents that searches find: from another topic once that is served", async () => {
  const { index, topic, admin, connection, jobs, server } = await startBatchService();
  const another = `${topic}.2`;
  await admin.ensureTopic({ name: another, partitions: 3, config: { "cleanup.policy": "compact" } });
  await produceRows(connection, topic, [written(1, 1)]);
  await produceRows(connection, another, [written(1, 1), written(2, 2)]);
  expect(await keysOf(jobs.export(index))).toEqual(['{"id":1}']);
  server.serve(another);
  expect(await keysOf(jobs.export(index))).toEqual(['{"id":1}', '{"id":2}']);
  server.serve(topic);
  expect(await keysOf(jobs.export(index))).toEqual(['{"id":1}']);
});
