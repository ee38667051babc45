import { expect, onTestFinished, test, vi } from "vitest";
import { FatalError } from "../errors.js";
import type { PartitionProgress } from "../assignment/fetch-progress.js";
import { WAIT } from "../testing/applications.js";
import { createTopic, produce, testConnection } from "../testing/broker.js";
import { AdminClient } from "./admin-client.js";
import { FetchWatchdog } from "./fetch-watchdog.js";

test("a partition that has records and brings none is told of, and ends it when that goes on", async () => {
  const topic = await createTopic(1);
  await produce(["1", "2", "3"].map((value) => ({ topic, key: "a", value })));
  const connection = testConnection();
  const admin = new AdminClient(connection);
  onTestFinished(() => admin.close());
  const error = vi.spyOn(connection.logger, "error");
  const onEnd = vi.fn();
  const watchdog = new FetchWatchdog({ connection, group: "g", topics: [topic], stallTimeoutMs: 300, admin, onEnd });
  const consumer: { -readonly [K in keyof PartitionProgress]: PartitionProgress[K] } = {
    ...{ topic, partition: 0, position: 1n, paused: false },
  };
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const ended = watchdog.watch(() => [consumer], over.signal).catch((reason: unknown) => reason);

  const told = `Topic ${topic}, partition 0, has brought nothing for`;
  await vi.waitUntil(() => watchdog.stall !== null, WAIT);
  expect(watchdog.stall).toMatch(new RegExp(`^${told} \\d+ s, though 2 records wait in it\\.$`));
  consumer.position = 3n;
  await vi.waitUntil(() => watchdog.stall === null, WAIT);
  consumer.position = 2n;
  const reason = await ended;
  expect(reason).toBeInstanceOf(FatalError);
  expect((reason as FatalError).message).toMatch(`${told} 2 s, though 1 records wait in it. Start the process anew.`);
  expect(error).toHaveBeenCalledTimes(2);
  expect(onEnd).toHaveBeenCalledWith({ topic, partition: 0 }, 3n);
});
