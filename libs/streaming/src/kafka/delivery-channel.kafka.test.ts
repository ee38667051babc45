import { Registry } from "prom-client";
import { expect, onTestFinished, test } from "vitest";
import { readTopic, WAIT } from "../testing/applications.js";
import { FencedError } from "../errors.js";
import {
  createTopic,
  deadLetterTopic,
  ownKafka,
  silentLogger,
  testConnection,
  text,
  topicOf,
} from "../testing/broker.js";
import { openDeliveryChannel } from "./delivery-channel.js";

async function openChannel(maxBufferedBytes?: number) {
  const channel = await openDeliveryChannel({
    connection: testConnection(),
    deadLetterTopic,
    registry: new Registry(),
    ...(maxBufferedBytes === undefined ? {} : { maxBufferedBytes }),
  });
  onTestFinished(() => channel.close(1000));
  return channel;
}

test("delivers in order, says so in order, and is full only for a while", async () => {
  const topic = await createTopic(1);
  const channel = await openChannel(1_000_000);
  const delivered: number[] = [];
  let waits = 0;
  // Far more for one partition than the broker takes in one record batch.
  for (let index = 0; index < 10_000; index++) {
    channel.offer({ topic, key: null, value: `${index} ${"x".repeat(400)}` }, () => delivered.push(index));
    if (!channel.isFull) continue;
    waits += 1;
    await channel.ready();
  }
  await channel.flush();
  expect(waits).toBeGreaterThan(2);
  const indexes = Array.from({ length: 10_000 }, (_, index) => index);
  expect(delivered).toEqual(indexes);
  const messages = await readTopic(topicOf(topic, text), ({ length }) => length === 10_000);
  expect(messages.map(({ value }) => parseInt(value))).toEqual(indexes);
});

test("puts a key where Java's clients put it", async () => {
  const topic = await createTopic(100);
  const channel = await openChannel();
  // Kafka's own test vectors for murmur2 (UtilsTest), made positive as its partitioner does.
  const hashes = { "21": -973932308, foobar: -790332482, "a-little-bit-long-string": -985981536 };
  for (const key of Object.keys(hashes)) channel.offer({ topic, key, value: "" });
  await channel.flush();
  const messages = await readTopic(topicOf(topic, text), ({ length }) => length === 3);
  expect(Object.fromEntries(messages.map(({ key, partition }) => [key, partition]))).toEqual(
    Object.fromEntries(Object.entries(hashes).map(([key, hash]) => [key, (hash & 0x7fffffff) % 100])),
  );
});

test("a refused record costs none of those that travelled with it or come after it", async () => {
  const topic = await createTopic(3, { "max.message.bytes": "10000" });
  const channel = await openChannel();
  const delivered: string[] = [];
  const offer = (key: string, partition: number, value = "") =>
    channel.offer({ topic, key, value, partition }, () => delivered.push(key));
  const keys: string[] = [];
  for (let round = 0; round < 5; round++) {
    for (let partition = 0; partition < 3; partition++) {
      keys.push(`${round}/${partition}`);
      offer(`${round}/${partition}`, partition);
    }
    offer(`large ${round}`, round % 3, "x".repeat(20_000));
    keys.push(`large ${round}`);
    await channel.flush();
  }
  expect(delivered).toEqual(keys);
  const small = new Set(keys.filter((key) => !key.startsWith("large")));
  const messages = await readTopic(
    topicOf(topic, text),
    (read) => new Set(read.map(({ key }) => key)).size === small.size,
  );
  expect(new Set(messages.map(({ key }) => key))).toEqual(small);
  const letters = await readTopic(topicOf(deadLetterTopic(topic), text), ({ length }) => length === 5);
  const value = "x".repeat(20_000);
  expect(letters.map(({ key, value }) => [key, value])).toEqual(
    [0, 1, 2, 3, 4].map((round) => [`large ${round}`, value]),
  );
});

test("says which message was too large", async () => {
  const topic = await createTopic(1, { "max.message.bytes": "10000" });
  const warnings: [object, string][] = [];
  const logger = {
    ...silentLogger,
    warn: (details: object, message: string) => void warnings.push([details, message]),
  };
  const connection = testConnection(logger);
  const channel = await openDeliveryChannel({ connection, deadLetterTopic, registry: new Registry() });
  onTestFinished(() => channel.close(1000));
  channel.offer({ topic, key: Buffer.from("large"), value: "x".repeat(20_000) });
  await channel.flush();
  expect(warnings).toContainEqual([
    { topic, key: "large" },
    expect.stringMatching(/max\.message\.bytes.* dead letters/),
  ]);
});

test("waits for a missing topic and names it; a wrong partition is the end", async () => {
  const channel = await openChannel();
  channel.offer({ topic: "no.such.topic", key: null, value: "" });
  await expect.poll(() => channel.lastError?.message).toContain("There is no topic no.such.topic");

  const topic = await createTopic(2);
  const other = await openChannel();
  other.offer({ topic, key: null, value: "", partition: 2 });
  await expect(other.failed).rejects.toThrow(`partition 2 of topic ${topic}, which has 2`);
  await expect(other.flush()).rejects.toThrow("reindex");
});

test("a gate that closes while records wait for the broker holds them until it opens", async () => {
  const { server, connection, topics } = await ownKafka();
  await topics.ensureTopic({ name: "gated", partitions: 2 });
  const ends = async () => {
    const { partitions } = await topics.groupProgress("nobody", ["gated"]);
    return partitions.map(({ end }) => Number(end));
  };
  let isOpen = true;
  const check = () => {
    if (!isOpen) throw new FencedError("fenced");
  };
  const channel = await openDeliveryChannel({ connection, deadLetterTopic, registry: new Registry(), gate: { check } });
  onTestFinished(() => channel.close(1000));
  const offer = (value: string) => {
    for (const partition of [0, 1]) channel.offer({ topic: "gated", key: null, value, partition });
  };
  offer("before");
  await channel.flush();

  await server.crash();
  offer("meanwhile");
  await expect.poll(() => channel.lastError?.message, WAIT).toContain("No Kafka broker answers");
  isOpen = false;
  await server.restart();
  await expect.poll(() => channel.lastError?.message, WAIT).toBe("fenced");
  // After its restart the broker finds its groups only after a while.
  await expect.poll(ends, WAIT).toEqual([1, 1]);

  isOpen = true;
  await channel.flush();
  await expect.poll(ends, WAIT).toEqual([2, 2]);
  expect(channel.lastError).toBeNull();
});

test("fails when a record is refused that must not be left out", async () => {
  const topic = await createTopic(1, { "max.message.bytes": "10000" });
  const channel = await openChannel();
  let delivered = false;
  channel.offer({ topic, key: "state", value: "x".repeat(20_000), essential: true }, () => (delivered = true));
  await expect(channel.flush()).rejects.toThrow(/takes no message this large.*can't be left out/);
  await expect(channel.failed).rejects.toThrow(/max.message.bytes/);
  expect(delivered).toBe(false);
});
