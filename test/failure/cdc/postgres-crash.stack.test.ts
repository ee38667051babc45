import { startKafka } from "@freshet/local-stack/kafka";
import { expect, it, onTestFinished } from "vitest";
import { until } from "../../support/until.js";
import { PATIENCE_MS, SourceScene } from "./source-scene.js";
import { walSender } from "./wal-sender.js";
import { Writers } from "./writers.js";

it("ends with topic and table equal when Postgres crashes under load, and comes back by itself", async () => {
  const scene = await SourceScene.open();
  const { postgres, random } = scene;
  const producer = await scene.startProducer();
  await producer.ready();
  const writers = Writers.start(scene);
  for (let crash = 0; crash < 3; crash++) {
    await writers.more(100 + Math.floor(random() * 300));
    await postgres.crash();
    await postgres.restart();
  }
  await writers.more(100);
  await writers.stop();
  await scene.reconnect();
  await scene.expectTopicsEqualTables();
  expect(producer.running).toBe(true);
  await producer.ready();
});

it("reads again what it had read, and Kafka hadn't got, when both crashed", async () => {
  const kafka = await startKafka();
  onTestFinished(() => kafka.stop());
  const scene = await SourceScene.open({ brokers: kafka.brokers });
  const { postgres, client, table } = scene;
  const producer = await scene.startProducer();
  await producer.ready();
  await client.query(`INSERT INTO ${table.quoted} SELECT i, 'before' FROM generate_series(1, 100) i`);
  await scene.expectTopicsEqualTables();

  await kafka.pause();
  // Nobody changes these rows later, which would heal them.
  for (let first = 101; first <= 1_000; first += 100) {
    await client.query(`INSERT INTO ${table.quoted} SELECT i, 'unacknowledged' FROM generate_series($1, $1 + 99) i`, [
      first,
    ]);
  }
  await client.query(`DELETE FROM ${table.quoted} WHERE id <= 50`);
  const end = await scene.walEnd();
  const { replied } = await walSender(scene);
  await until(
    async () => {
      const sender = await walSender(scene);
      return sender.sent >= end && sender.replied > replied + 2;
    },
    { what: "the producer has all of it, and has answered since", timeoutMs: PATIENCE_MS },
  );
  // On disk with what was confirmed, which a crash would else set back.
  await client.query("CHECKPOINT");
  await postgres.crash();
  const hasNoticed = () => /Postgres can't be reached/.test(producer.log);
  await until(hasNoticed, { what: "the producer tries to begin again", timeoutMs: PATIENCE_MS });
  // What was on its way to the broker ends with it.
  await kafka.crash();
  await Promise.all([kafka.restart(), postgres.restart()]);

  await scene.reconnect();
  await scene.expectTopicsEqualTables();
  expect((await scene.view()).rows.size).toBe(950);
  expect(producer.running).toBe(true);
}, 240_000);
