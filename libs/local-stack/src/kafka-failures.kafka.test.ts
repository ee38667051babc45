import { Kafka, logLevel, type Producer } from "kafkajs";
import { expect, onTestFinished, test } from "vitest";
import { startKafka, type KafkaServer } from "./kafka.js";

const TOPIC = "letters";
const quiet = { logLevel: logLevel.NOTHING };
// A killed broker may come back once its session is over.
const settings = { "broker.session.timeout.ms": "2000", "broker.heartbeat.interval.ms": "500" };

async function ownKafka(): Promise<{ server: KafkaServer; kafka: Kafka; producer: Producer }> {
  const server = await startKafka({ settings });
  onTestFinished(() => server.stop());
  const kafka = new Kafka({ ...quiet, brokers: server.brokers, retry: { retries: 20 } });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: TOPIC, numPartitions: 1 }] });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  return { server, kafka, producer };
}

/** Resolves with the first `count` records. */
async function read(kafka: Kafka, count: number): Promise<(string | undefined)[]> {
  const consumer = kafka.consumer({ groupId: `readers-of-${count}` });
  onTestFinished(() => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  const values: (string | undefined)[] = [];
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: ({ message }) => {
          values.push(message.value?.toString());
          if (values.length === count) resolve();
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  return values;
}

async function clusterOf(kafka: Kafka): Promise<string> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).clusterId;
  } finally {
    await admin.disconnect();
  }
}

test("a paused broker holds a send back, and takes it when it goes on", async () => {
  const { server, kafka, producer } = await ownKafka();
  await producer.send({ topic: TOPIC, messages: [{ value: "before" }] });

  await server.pause();
  let isSent = false;
  const sending = producer.send({ topic: TOPIC, messages: [{ value: "meanwhile" }] }).then(() => {
    isSent = true;
  });
  const impatient = new Kafka({ ...quiet, brokers: server.brokers, requestTimeout: 1000, retry: { retries: 0 } });
  await expect(clusterOf(impatient)).rejects.toThrow("timed out");
  expect(isSent).toBe(false);
  server.resume();
  await sending;

  expect(await read(kafka, 2)).toEqual(["before", "meanwhile"]);
});

test("a restarted broker has its records, its port and its cluster id, also when it was paused", async () => {
  const { server, kafka, producer } = await ownKafka();
  const { pid } = server;
  const cluster = await clusterOf(kafka);
  await producer.send({ topic: TOPIC, messages: [{ value: "first" }] });

  await server.restart();
  expect(server.pid).not.toBe(pid);
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  await producer.send({ topic: TOPIC, messages: [{ value: "second" }] });
  await server.pause();
  await server.restart();
  await producer.send({ topic: TOPIC, messages: [{ value: "third" }] });

  expect(await read(kafka, 3)).toEqual(["first", "second", "third"]);
  expect(await clusterOf(kafka)).toBe(cluster);
});

test("nothing is left of a paused broker that is stopped", async () => {
  const { server } = await ownKafka();
  const { pid } = server;
  await server.pause();
  await server.stop();
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});
