import { expect, onTestFinished, test, vi } from "vitest";
import { createApplication, LIMITS, start, WAIT } from "../testing/applications.js";
import { createTopic, number, produce, testAdmin, testConnection, topicOf } from "../testing/broker.js";
import { AdminClient } from "./admin-client.js";

test("a topic that is deleted and made anew is read from its beginning", async () => {
  const topic = await createTopic(1);
  const send = (values: readonly number[]) =>
    produce(values.map((value) => ({ topic, key: "a", value: String(value), partition: 0 })));
  await send([1, 2, 3, 4]);
  const found: number[] = [];
  const application = createApplication();
  const write = (batch: readonly { readonly value: number }[]) => {
    found.push(...batch.map(({ value }) => value));
    return Promise.resolve();
  };
  application.dataframe(topicOf(topic, number)).sink({ write }, LIMITS);
  start(application);
  await vi.waitUntil(() => found.length === 4, WAIT);

  const client = new AdminClient(testConnection());
  onTestFinished(() => client.close());
  await client.ask({ topics: [topic] }, (kafka) => kafka.deleteTopics({ topics: [topic] }));
  const admin = await testAdmin();
  await vi.waitUntil(async () => (await admin.partitionCount(topic)) === null, WAIT);
  await admin.ensureTopic({ name: topic, partitions: 1 });
  await send([5, 6]);
  await vi.waitUntil(() => found.length === 6, WAIT);
  expect(found).toEqual([1, 2, 3, 4, 5, 6]);
});
