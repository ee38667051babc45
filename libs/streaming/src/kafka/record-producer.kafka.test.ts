import { expect, onTestFinished, test } from "vitest";
import { FencedError } from "../errors.js";
import type { OutgoingRecord } from "../message.js";
import { SendTooLargeError } from "../record-producer.js";
import { createTopic, testAdmin, testConnection } from "../testing/broker.js";
import { IdempotentProducer } from "./record-producer.js";

async function createProducer() {
  const topics = await testAdmin();
  const producer = new IdempotentProducer({ connection: testConnection(), topics, requestTimeoutMs: 10_000 });
  onTestFinished(() => producer.close());
  const ends = async (topic: string) =>
    (await topics.groupProgress("nobody", [topic])).partitions.map(({ end }) => Number(end));
  return { producer, ends };
}

test("after a failed send the next one isn't taken for its repetition", async () => {
  const topic = await createTopic(2, { "max.message.bytes": "10000" });
  const { producer, ends } = await createProducer();
  const send = async (...records: Omit<OutgoingRecord, "topic" | "key">[]) =>
    producer.send(await producer.address(records.map((record) => ({ ...record, topic, key: null }))));
  // The first partition takes its record, the second refuses: kafkajs forgets that it used the sequence number.
  const halfRefused = send({ partition: 0, value: "first" }, { partition: 1, value: "x".repeat(20_000) });
  await expect(halfRefused).rejects.toThrow(SendTooLargeError);
  expect(await ends(topic)).toEqual([1, 0]);
  await send({ partition: 0, value: "second" });
  expect(await ends(topic)).toEqual([2, 0]);
});

test("nothing is sent while the gate is closed", async () => {
  const topic = await createTopic(1);
  const { producer, ends } = await createProducer();
  const addressed = await producer.address([{ topic, key: null, value: "" }]);
  const asked: number[] = [];
  const check = (requestTimeoutMs: number) => {
    asked.push(requestTimeoutMs);
    throw new FencedError("fenced");
  };
  await expect(producer.send(addressed, { check })).rejects.toThrow(FencedError);
  expect(asked).toEqual([10_000]);
  expect(await ends(topic)).toEqual([0]);
  await producer.send(addressed, { check: () => undefined });
  expect(await ends(topic)).toEqual([1]);
});
