import { randomName } from "@freshet/local-stack/testing";
import { expect, onTestFinished, test } from "vitest";
import { createTopic, produce, silentLogger, testConnection } from "../testing/broker.js";
import { connectTopicAdmin } from "./topic-admin.js";

async function connect() {
  const admin = await connectTopicAdmin(testConnection());
  onTestFinished(() => admin.close());
  return admin;
}

test("a topic is made once, however many ask for it at the same time", async () => {
  const name = randomName("topic");
  const admins = await Promise.all(Array.from({ length: 5 }, connect));
  const spec = { name, partitions: 4, config: { "cleanup.policy": "compact" } };
  expect(await Promise.all(admins.map((admin) => admin.ensureTopic(spec)))).toEqual([4, 4, 4, 4, 4]);
  expect(await admins[0]?.ensureTopic({ name, partitions: 9 })).toBe(4);
  expect(await admins[0]?.partitionCount(randomName("topic"))).toBeNull();
});

test("a group that never committed has no progress, and a missing topic none to make", async () => {
  const topic = await createTopic(2);
  await produce([{ topic, key: "a", value: "", partition: 1 }]);
  const admin = await connect();
  const group = randomName("group");
  expect(await admin.groupProgress(group, [topic, randomName("topic")])).toEqual({
    group,
    state: "Dead",
    members: 0,
    partitions: [
      { topic, partition: 0, committed: null, end: 0n },
      { topic, partition: 1, committed: null, end: 1n },
    ],
  });
});

test("a broker that isn't there is named", async () => {
  const connection = { brokers: ["127.0.0.1:1"], clientId: "nobody", logger: silentLogger };
  await expect(connectTopicAdmin(connection)).rejects.toThrow(
    "No Kafka broker answers at 127.0.0.1:1; start it or set FRESHET_KAFKA_BROKERS.",
  );
});
