import { randomName } from "@freshet/local-stack/testing";
import kafkajs from "kafkajs";
import { expect, onTestFinished, test, vi } from "vitest";
import { createTopic, produce, testAdmin, testConnection } from "../testing/broker.js";
import { openCompactedTopic } from "./compacted-topic.js";

const WAIT = { timeout: 20_000, interval: 20 };
const compacted = { "cleanup.policy": "compact" };

async function open(topic: string, connection = testConnection()) {
  const signal = new AbortController().signal;
  const reader = await openCompactedTopic({ connection, topic, signal });
  onTestFinished(() => reader.close());
  return reader;
}

test("holds what the topic said when it was opened, follows it, and leaves no group behind", async () => {
  const topic = await createTopic(3, compacted);
  await produce([
    { topic, key: "a", value: "1", partition: 0 },
    { topic, key: "b", value: "1", partition: 1 },
    { topic, key: "a", value: "2", partition: 0 },
    { topic, key: "b", value: null, partition: 1 },
  ]);
  const connection = testConnection();
  const reader = await open(topic, connection);
  expect([...reader.entries]).toEqual([["a", "2"]]);
  await produce([
    { topic, key: "c", value: "3" },
    { topic, key: "a", value: null, partition: 0 },
  ]);
  await vi.waitUntil(() => reader.entries.size === 1 && reader.entries.get("c") === "3", WAIT);

  await reader.close();
  const admin = new kafkajs.Kafka({ brokers: [...connection.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const { groups } = await admin.listGroups();
  await admin.disconnect();
  expect(groups.filter(({ groupId }) => groupId.startsWith(connection.clientId))).toEqual([]);
});

test("an empty topic is caught up with at once; a missing one counts as empty until it is there", async () => {
  const empty = await open(await createTopic(1, compacted));
  expect(empty.entries.size).toBe(0);
  const topic = randomName("topic");
  const reader = await open(topic);
  expect(reader.entries.size).toBe(0);
  await (await testAdmin()).ensureTopic({ name: topic, partitions: 1, config: compacted });
  await produce([{ topic, key: "a", value: "1" }]);
  await vi.waitUntil(() => reader.entries.get("a") === "1", WAIT);
});

test("is caught up although the last offsets hold no records but a transaction's end", async () => {
  const topic = await createTopic(1, compacted);
  const kafka = new kafkajs.Kafka({ brokers: testConnection().brokers.slice(), logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ transactionalId: randomName("transaction"), maxInFlightRequests: 1 });
  await producer.connect();
  const committed = await producer.transaction();
  await committed.send({ topic, messages: [{ key: "a", value: "1" }] });
  await committed.commit();
  const aborted = await producer.transaction();
  await aborted.send({ topic, messages: [{ key: "b", value: "1" }] });
  await aborted.abort();
  await producer.disconnect();
  const reader = await open(topic);
  expect([...reader.entries]).toEqual([["a", "1"]]);
});
