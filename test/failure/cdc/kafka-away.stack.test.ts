import { startKafka } from "@freshet/local-stack/kafka";
import { expect, it, onTestFinished } from "vitest";
import { until } from "../../support/until.js";
import { PATIENCE_MS, SourceScene } from "./source-scene.js";
import { walSender } from "./wal-sender.js";

it("confirms nothing that Kafka hasn't acknowledged, whatever it answers to keepalives, and loses nothing when it is killed then", async () => {
  const kafka = await startKafka();
  onTestFinished(() => kafka.stop());
  const scene = await SourceScene.open({ brokers: kafka.brokers });
  const { client, table } = scene;
  const producer = await scene.startProducer();
  await producer.ready();
  await client.query(`INSERT INTO ${table.quoted} SELECT i, 'before' FROM generate_series(1, 100) i`);
  await scene.expectTopicsEqualTables();

  await kafka.pause();
  await client.query(`INSERT INTO ${table.quoted} SELECT i, 'while away' FROM generate_series(101, 200) i`);
  const inserted = await scene.walEnd();
  await client.query(
    `UPDATE ${table.quoted} SET note = 1 WHERE id % 2 = 0; DELETE FROM ${table.quoted} WHERE id % 10 = 0`,
  );
  const end = await scene.walEnd();
  const { pid, replied } = await walSender(scene);
  // Twice the server's time-out, in which it asks for signs of life more than once.
  await until(
    async () => {
      const sender = await walSender(scene);
      expect(await scene.confirmed()).toBeLessThan(inserted);
      return sender.sent >= end && sender.replied > replied + 8;
    },
    { what: "the producer has answered keepalives for 8 s", timeoutMs: PATIENCE_MS, everyMs: 200 },
  );
  expect((await walSender(scene)).pid).toBe(pid);
  await producer.end("SIGKILL");
  expect(await scene.confirmed()).toBeLessThan(inserted);

  kafka.resume();
  producer.start();
  await producer.ready();
  await scene.expectTopicsEqualTables();
});
