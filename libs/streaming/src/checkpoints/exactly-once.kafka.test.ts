import { randomName } from "@freshet/local-stack/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { RetriableError } from "../errors.js";
import { KafkaTransactionalProducer } from "../kafka/transactional-producer.js";
import { createApplication, readTopic, start, WAIT } from "../testing/applications.js";
import { createTopic, number, produce, testAdmin, testConnection, text, topicOf } from "../testing/broker.js";

const at = (topic: string, value: number) => ({ topic, key: "a", value: String(value), partition: 0 });

test("a transaction that another producer fences is done again, and its results are there once", async () => {
  const input = await createTopic(1);
  const output = randomName("topic");
  const consumerGroup = randomName("group");
  await produce([1, 2, 3].map((value) => at(input, value)));
  const topics = await testAdmin();
  const other = new KafkaTransactionalProducer({
    connection: testConnection(),
    topics,
    requestTimeoutMs: 1000,
    transactionalId: `${consumerGroup}/${input}/0`,
  });
  onTestFinished(() => other.close());
  const application = createApplication({ consumerGroup, processingGuarantee: "exactly_once" });
  let fenced = 0;
  application
    .dataframe(topicOf(input, number))
    .apply(async (value) => {
      if (value === 2 && fenced++ === 0) await other.open();
      return value * 10;
    })
    .toTopic(topicOf(output, number));
  start(application);

  await vi.waitUntil(
    async () => (await topics.groupProgress(consumerGroup, [input])).partitions[0]?.committed === 3n,
    WAIT,
  );
  await produce([at(input, 4)]);
  const produced = await readTopic(topicOf(output, number), (messages) => messages.at(-1)?.value === 40);
  expect(produced.map(({ value }) => value)).toEqual([10, 20, 30, 40]);
  expect(fenced).toBe(1);
});

test("readers of committed records see nothing of a transaction that was never ended", async () => {
  const output = await createTopic(1);
  const topics = await testAdmin();
  const options = { connection: testConnection(), topics, requestTimeoutMs: 1000, transactionalId: randomName("id") };
  const died = new KafkaTransactionalProducer(options);
  onTestFinished(() => died.close());
  await died.open();
  const send = async (producer: KafkaTransactionalProducer, value: number) =>
    producer.send(await producer.address([at(output, value)]));
  let sent = false;
  const unfinished = died
    .transact(randomName("group"), async () => {
      await send(died, 1);
      sent = true;
      return new Promise<never>((_, reject) => {
        onTestFinished(() => reject(new Error("the end of the test")));
      });
    })
    .catch(() => undefined);
  await vi.waitUntil(() => sent, WAIT);

  const successor = new KafkaTransactionalProducer(options);
  onTestFinished(() => successor.close());
  await successor.open();
  await successor.transact(randomName("group"), async () => {
    await send(successor, 2);
    return [{ topic: output, partitions: [{ partition: 0, offset: "0" }] }];
  });
  const produced = await readTopic(topicOf(output, number), (messages) => messages.length > 0);
  expect(produced.map(({ value }) => value)).toEqual([2]);
  expect(unfinished).toBeInstanceOf(Promise);
});

test("a producer that is closed while it sends can be opened again", async () => {
  const output = await createTopic(2);
  const options = { connection: testConnection(), topics: await testAdmin(), requestTimeoutMs: 1000 };
  const producer = new KafkaTransactionalProducer({ ...options, transactionalId: randomName("id") });
  onTestFinished(() => producer.close());
  await producer.open();
  const transact = async (whileSending: () => void) =>
    producer.transact(randomName("group"), async () => {
      const records = await producer.address([at(output, 1), { ...at(output, 2), partition: 1 }]);
      const sending = producer.send(records);
      whileSending();
      await sending;
      return [{ topic: output, partitions: [{ partition: 0, offset: "0" }] }];
    });
  await expect(transact(() => void producer.close())).rejects.toBeInstanceOf(RetriableError);
  await producer.open();
  await transact(() => undefined);
  const produced = await readTopic(topicOf(output, number), (messages) => messages.length === 2);
  expect(produced.map(({ value }) => value).sort()).toEqual([1, 2]);
});

test("transactions of offsets alone follow one another at once", async () => {
  const topic = await createTopic(1);
  const options = { connection: testConnection(), topics: await testAdmin(), requestTimeoutMs: 1000 };
  const producer = new KafkaTransactionalProducer({ ...options, transactionalId: randomName("id") });
  onTestFinished(() => producer.close());
  await producer.open();
  const group = randomName("group");
  for (let offset = 1; offset <= 20; offset++) {
    await producer.transact(group, () =>
      Promise.resolve([{ topic, partitions: [{ partition: 0, offset: String(offset) }] }]),
    );
  }
  const { partitions } = await options.topics.groupProgress(group, [topic]);
  expect(partitions[0]?.committed).toBe(20n);
});

test("poison and what is too large are dead letters of the same transaction", async () => {
  const input = await createTopic(1);
  const output = await createTopic(1, { "max.message.bytes": "10000" });
  const large = "x".repeat(20_000);
  await produce(
    ["one", large, "three", "poison", "five"].map((value) => ({ topic: input, key: value[0] ?? "", value })),
  );
  const application = createApplication({ processingGuarantee: "exactly_once" });
  application
    .dataframe(topicOf(input, text))
    .apply((value) => {
      if (value === "poison") throw new RangeError("bad");
      return value;
    })
    .toTopic(topicOf(output, text));
  start(application);
  const letters = await readTopic(topicOf(`dlq.${input}`, text), (messages) => messages.length === 2);
  expect(letters.map(({ headers }) => headers["freshet.dlq.offset"]).sort()).toEqual(["1", "3"]);
  const produced = await readTopic(topicOf(output, text), (messages) => messages.length === 3);
  expect(produced.map(({ value }) => value)).toEqual(["one", "three", "five"]);
});
