import { randomName } from "@freshet/local-stack/testing";
import { expect, onTestFinished, test } from "vitest";
import { createTopic, testConnection } from "../testing/broker.js";
import { openCompactedTopic } from "./compacted-topic.js";
import { fencedWrite } from "./fenced-write.js";
import { connectTopicAdmin } from "./topic-admin.js";

test("of writers that read and write at once, each builds on what the one before has written, and none is lost", async () => {
  const connection = testConnection();
  const topic = await createTopic(1);
  const topics = await connectTopicAdmin(connection);
  onTestFinished(() => topics.close());
  const options = { connection, topics, requestTimeoutMs: 5_000, transactionalId: randomName("writer") };
  const signal = AbortSignal.timeout(60_000);
  const entries = async () => {
    const read = await openCompactedTopic({ connection, topic, signal });
    await read.close();
    return read.entries;
  };
  let refused = 0;
  const add = async (name: string): Promise<void> => {
    const written = fencedWrite(options, async () => {
      const before = (await entries()).get("list");
      return [{ topic, key: "list", value: before === undefined ? name : `${before} ${name}` }];
    });
    await written.catch(() => {
      refused += 1;
      return add(name);
    });
  };
  await Promise.all([add("a"), add("b"), add("c")]);
  expect((await entries()).get("list")?.split(" ").sort()).toEqual(["a", "b", "c"]);
  expect(refused).toBeGreaterThan(0);
  await fencedWrite(options, () => Promise.resolve([]));
});
