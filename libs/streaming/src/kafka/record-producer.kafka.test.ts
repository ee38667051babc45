import { expect, onTestFinished, test, vi } from "vitest";
import { FencedError } from "../errors.js";
import type { OutgoingRecord } from "../message.js";
import { SendTooLargeError } from "../record-producer.js";
import { readTopic } from "../testing/applications.js";
import { createTopic, ownKafka, testAdmin, testConnection, text, topicOf } from "../testing/broker.js";
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

test("the gate is asked again in the attempts that the client makes by itself", async () => {
  const { server, connection, topics } = await ownKafka();
  await topics.ensureTopic({ name: "gated", partitions: 1 });
  const producer = new IdempotentProducer({ connection, topics, requestTimeoutMs: 1_000 });
  onTestFinished(() => producer.close());
  const addressed = await producer.address([{ topic: "gated", key: null, value: "" }]);
  let isOpen = true;
  const check = vi.fn(() => {
    if (!isOpen) throw new FencedError("fenced");
  });
  await producer.send(addressed, { check });

  await server.pause();
  check.mockClear();
  const sent = producer.send(addressed, { check });
  sent.catch(() => undefined);
  await vi.waitFor(() => expect(check).toHaveBeenCalled());
  isOpen = false;
  await expect(sent).rejects.toThrow(FencedError);
});

test("what is sent is what is read, on both sides of every length's border", async () => {
  const topic = await createTopic(3);
  const { producer } = await createProducer();
  const texts = [0, 1, 63, 64, 8191, 8192, 300_000].flatMap((length) => ["x".repeat(length), "ü".repeat(length >> 1)]);
  const records: OutgoingRecord[] = texts.flatMap((value, index) => [
    { topic, key: `${index} text`, value, headers: { "": "", größe: value.slice(0, 10_000) } },
    { topic, key: Buffer.from(`${index} bytes`), value: Buffer.from(value), headers: {} },
    { topic, key: value.slice(0, 10_000), value: `${index} long key` },
  ]);
  // Enough that their places in the batch take more than one byte, too.
  for (let index = 0; index < 10_000; index++) records.push({ topic, key: `${index} small`, value: null });
  await producer.send(await producer.address(records));

  const read = await readTopic(topicOf(topic, text), ({ length }) => length === records.length);
  const asText = (part: Buffer | string | null) => part?.toString() ?? "";
  const flat = (list: readonly [key: string, value: string, headers: object][]) =>
    list.map((entry) => JSON.stringify(entry)).toSorted();
  expect(flat(read.map(({ key, value, headers }) => [key, value, headers]))).toEqual(
    flat(records.map(({ key, value, headers = {} }) => [asText(key), asText(value), headers])),
  );
});

test("records without a key go to every partition", async () => {
  const topic = await createTopic(3);
  const { producer, ends } = await createProducer();
  await producer.send(await producer.address(Array.from({ length: 30 }, () => ({ topic, key: null, value: "" }))));
  expect(await ends(topic)).toEqual([10, 10, 10]);
});
