import { expect, test, vi } from "vitest";
import { type DeadLetterRecord, readDeadLetter } from "./dead-letter.js";
import { readTopic } from "./kafka/topic-reader.js";
import type { Header } from "./message.js";
import { createApplication, start } from "./testing/applications.js";
import { createTopic, deadLetterTopic, number, produce, testAdmin, testConnection, topicOf } from "./testing/broker.js";

async function lettersOf(topic: string): Promise<DeadLetterRecord[]> {
  const admin = await testAdmin();
  const offsets = await vi.waitUntil(() => admin.topicOffsets(topic), { timeout: 30_000 });
  const ends = new Map(offsets.map(({ partition }) => [partition, 1n]));
  const letters: DeadLetterRecord[] = [];
  const signal = AbortSignal.timeout(30_000);
  for await (const records of readTopic({ connection: testConnection(), topic, ends, signal })) {
    letters.push(...records.map(readDeadLetter));
  }
  return letters;
}

test("a dead letter has every header as it was: bytes, order, repetitions; and tells of the last failure alone", async () => {
  const input = await createTopic(2);
  const bytes = Buffer.from([0xff, 0x00, 0xfe]);
  const original: Header[] = [
    ["b", Buffer.from("first")],
    ["b", null],
    ["7", bytes],
    ["a", Buffer.alloc(0)],
    ["b", bytes],
    ["__proto__", Buffer.from("x")],
    ["constructor", Buffer.from("y")],
  ];
  const headers: Header[] = [["freshet.dlq.topic", "elsewhere"], ...original, ["freshet.dlq.body", "left-out"]];
  await produce([{ topic: input, key: bytes, value: bytes, partition: 1, headers }]);
  const seen: Readonly<Record<string, string>>[] = [];
  const application = createApplication();
  const codec = {
    ...number,
    decode: (...given: Parameters<typeof number.decode>) => (seen.push(given[1].headers), number.decode(...given)),
  };
  application.dataframe(topicOf(input, codec)).update(() => undefined);
  start(application);

  const [letter] = await lettersOf(deadLetterTopic(input));
  expect(letter).toMatchObject({
    record: { key: bytes, value: bytes },
    origin: { topic: input, partition: 1, offset: 0n },
    hasBody: true,
    reason: expect.stringContaining("is no number") as string,
    errorClass: "Error",
    attempts: 1,
  });
  expect(letter?.headers).toEqual(original);
  expect([...(letter?.record.rawHeaders ?? [])].filter(([name]) => name === "freshet.dlq.topic")).toHaveLength(1);
  const [asText] = seen;
  const named = ["b", "a", "c", "constructor", "toString"].map((name) => asText?.[name]);
  expect(named).toEqual([bytes.toString(), "", undefined, "y", undefined]);
  expect({ ...asText }).toMatchObject({ a: "", "7": bytes.toString() });
});

test("its topic keeps what nobody has dealt with, and takes what is larger than most topics do", async () => {
  const input = await createTopic(1);
  const value = "x".repeat(5_000_000);
  await produce([{ topic: input, key: "a", value: "no number" }]);
  const application = createApplication();
  application.dataframe(topicOf(input, number)).update(() => undefined);
  start(application);
  const topic = deadLetterTopic(input);
  await lettersOf(topic);
  const settings = await (await testAdmin()).topicSettings(topic);
  expect(settings?.get("retention.ms")).toBe("-1");
  await produce([{ topic, key: "b", value }]);
  expect(await (await testAdmin()).topicOffsets(topic)).toEqual([{ partition: 0, low: 0n, end: 2n }]);
});
