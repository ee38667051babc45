import { changesOf } from "@freshet/documents/changes-of";
import { documentRules } from "@freshet/documents/document-rules";
import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import { createLogger } from "@freshet/process/logger";
import { IdempotentProducer } from "@freshet/streaming/kafka/record-producer";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { rowDigest } from "@freshet/vector-stores/row-digest";
import { expect, it, onTestFinished } from "vitest";
import { BucketSums } from "./bucket-sums.js";
import { TopicRows } from "./topic-rows.js";

const logger = createLogger({ name: "test", level: "silent", pretty: false });

type Written = readonly [key: string | null, value: unknown];

async function openTopic(format: "json" | "debezium", records: readonly Written[], maxBytes?: number) {
  const connection = { brokers: kafkaBrokers(), clientId: "freshet-test", logger };
  const topic = randomName("foreign");
  const admin = await connectTopicAdmin(connection);
  onTestFinished(() => admin.close());
  await admin.ensureTopic({ name: topic, partitions: 3 });
  const producer = new IdempotentProducer({ connection, topics: admin, requestTimeoutMs: 10_000 });
  const written = records.map(([key, value]) => ({ topic, key, value: value === null ? null : JSON.stringify(value) }));
  for (const record of await producer.address(written)) await producer.send([record]);
  await producer.close();
  const settings = { topic, format, text: "{{ body }}", where: "kept", payload: ["kept"] };
  const { signal } = new AbortController();
  const rules = documentRules("foreign", settings);
  const options = { connection, admin, topic: changesOf(topic, settings), rules, signal };
  return new TopicRows(maxBytes === undefined ? options : { ...options, maxBytes });
}

async function keysOf(rows: TopicRows): Promise<string[]> {
  const keys: string[] = [];
  for await (const some of rows.all()) keys.push(...some.map(({ key }) => key));
  return keys.sort();
}

it("has of each key its newest record, and none of those that were deleted or are left out", async () => {
  const rows = await openTopic("json", [
    ["a", { body: "first", kept: true }],
    ["b", { body: "gone", kept: true }],
    ["c", { body: "left out", kept: true }],
    ["a", { body: "second", kept: true }],
    ["b", null],
    ["c", { body: "left out", kept: false }],
    ["d", "no object"],
    ["e", { body: " ", kept: true }],
  ]);
  expect(await keysOf(rows)).toEqual(['{"key":"a"}']);
  const found = await rows.read(['{"key":"a"}', '{"key":"b"}']);
  expect([...found.values()]).toMatchObject([{ rowHash: "", content: { text: "second", payload: { kept: true } } }]);
});

it("reads another program's change events", async () => {
  const source = { db: "shop", schema: "public", table: "books", ts_ms: 1 };
  const row = (id: number, body: string) => ({
    op: "c",
    before: null,
    after: { id, body, kept: true },
    source,
    ts_ms: 1,
  });
  const key = (id: number) => JSON.stringify({ id });
  const deleted = { op: "d", before: { id: 2 }, after: null, source, ts_ms: 1 };
  const unavailable = row(3, "__debezium_unavailable_value");
  const rows = await openTopic("debezium", [
    [key(1), row(1, "one")],
    [key(2), row(2, "two")],
    [key(3), row(3, "three")],
    [key(2), deleted],
    [key(2), null],
    [key(3), unavailable],
  ]);
  expect(await keysOf(rows)).toEqual([key(1), key(3)]);
  expect((await rows.read([key(3)])).get(key(3))?.content).toBeNull();
});

it("comes to the same in little memory, by reading the topic more than once", async () => {
  const records = Array.from({ length: 300 }, (_, id): Written => [`k${id % 200}`, { body: `text ${id}`, kept: true }]);
  const rows = await openTopic("json", records, 40_000);
  let passes = 0;
  const sums = await rows.sums(() => (passes += 1));
  expect(passes).toBeGreaterThan(1);
  const expected = new BucketSums();
  for (let id = 0; id < 200; id += 1) expected.add(rowDigest(JSON.stringify({ key: `k${id}` }), null));
  expect(sums.differing(expected)).toEqual([]);
  expect(await keysOf(rows)).toHaveLength(200);
});
