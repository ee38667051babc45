import { randomName } from "@freshet/local-stack/testing";
import { EventEmitter, once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { readTopic } from "../testing/applications.js";
import { createTopic, number, produce, testAdmin, testConnection, topicOf } from "../testing/broker.js";
import { KafkaTransactionalProducer } from "./transactional-producer.js";

const ABORTED = "The test aborts it.";

/** A transaction that has sent something, and ends when the test says so. */
async function begin(topic: string, value: number) {
  const options = { connection: testConnection(), topics: await testAdmin(), requestTimeoutMs: 5000 };
  const producer = new KafkaTransactionalProducer({ ...options, transactionalId: randomName("id") });
  onTestFinished(() => producer.close());
  await producer.open();
  const send = async (sent: number) =>
    producer.send(await producer.address([{ topic, key: "a", value: String(sent), partition: 0 }]));
  const test = new EventEmitter();
  const begun = once(test, "begun");
  const transacted = producer.transact(randomName("group"), async () => {
    await send(value);
    const ended = once(test, "end");
    test.emit("begun");
    await ended;
    throw new Error(ABORTED);
  });
  await Promise.race([begun, transacted]);
  return {
    send,
    abort: async () => {
      test.emit("end");
      await expect(transacted).rejects.toThrow(ABORTED);
    },
  };
}

test("of aborted transactions that were open at once, readers of committed records see nothing", async () => {
  const topic = await createTopic(1);
  const early = await begin(topic, 1);
  const late = await begin(topic, 2);
  await early.send(3);
  // The broker lists them in the order of their ends.
  await late.abort();
  await early.abort();
  await produce([{ topic, key: "a", value: "4", partition: 0 }]);
  const found = await readTopic(topicOf(topic, number), (messages) => messages.at(-1)?.value === 4);
  expect(found.map(({ value }) => value)).toEqual([4]);
});
