import { randomName } from "@freshet/local-stack/testing";
import { expect, test } from "vitest";
import { createTopic, produce, testAdmin, testConnection } from "../testing/broker.js";
import { readTopic } from "./topic-reader.js";

const options = () => ({ connection: testConnection(), signal: AbortSignal.timeout(30_000) });

test("reads each partition in order up to the given ends, and what comes later isn't waited for", async () => {
  const topic = await createTopic(3);
  const value = "x".repeat(300_000);
  const records = Array.from({ length: 60 }, (_, index) => ({ topic, key: `${index}`, value, partition: index % 2 }));
  await produce(records);
  const ends = new Map([
    [0, 30n],
    [1, 20n],
  ]);
  const read: string[][] = [[], [], []];
  for await (const piece of readTopic({ ...options(), topic, ends })) {
    for (const { key, partition } of piece) read[partition]?.push(key?.toString() ?? "");
  }
  const keys = (partition: number, count: number) => Array.from({ length: count }, (_, at) => `${2 * at + partition}`);
  expect(read).toEqual([keys(0, 30), keys(1, 20), []]);
});

test("ends where it is told to, though the records there are deleted, and also while it reads", async () => {
  const topic = await createTopic(1);
  const admin = await testAdmin();
  const value = "x".repeat(800_000);
  await produce(Array.from({ length: 40 }, (_, index) => ({ topic, key: `${index}`, value })));
  await admin.deleteRecords(topic, new Map([[0, 5n]]));
  expect(await admin.topicOffsets(topic)).toEqual([{ partition: 0, low: 5n, end: 40n }]);
  const keys: string[] = [];
  for await (const piece of readTopic({ ...options(), topic, ends: new Map([[0, 40n]]) })) {
    if (keys.length === 0) await admin.deleteRecords(topic, new Map([[0, 39n]]));
    keys.push(...piece.map(({ key }) => key?.toString() ?? ""));
  }
  expect(keys[0]).toBe("5");
  expect(keys.at(-1)).toBe("39");
  expect(keys.length).toBeLessThan(35);
});

test("a topic is listed once it is there", async () => {
  const admin = await testAdmin();
  const missing = randomName("topic");
  expect(await admin.topicOffsets(missing)).toBeNull();
  const topic = await createTopic(1);
  const names = await admin.topicNames();
  expect([names.includes(topic), names.includes(missing)]).toEqual([true, false]);
});
