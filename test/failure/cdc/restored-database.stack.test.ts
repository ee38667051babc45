import { expect, it } from "vitest";
import type { ServiceProcess } from "../../support/service-process.js";
import { acceptDatabase, endsWith } from "./source-refusal.js";
import { SourceScene } from "./source-scene.js";

const REFUSAL = /older copy of the database was restored.*`freshet source accept`/;

/** A database that was saved when it had so many rows, and its producer, which has read them and reads on. */
async function open({ rows = 0 } = {}) {
  const scene = await SourceScene.open();
  const { postgres, table } = scene;
  await scene.client.query(`INSERT INTO ${table.quoted} SELECT i, 'saved' FROM generate_series(1, ${rows}) i`);
  const producer = await scene.startProducer();
  await producer.ready();
  await scene.expectTopicsEqualTables();
  const backup = await postgres.saveData();
  await scene.reconnect();
  await producer.ready();
  const restore = async () => {
    await postgres.restoreData(backup);
    await scene.reconnect();
  };
  return { scene, table, producer, restore };
}

/** While it reads or starts, and when it is started again; then it goes on with the database as it is. */
async function refusedThenAccepted(scene: SourceScene, producer: ServiceProcess): Promise<void> {
  await endsWith(producer, REFUSAL);
  producer.start();
  await endsWith(producer, REFUSAL);
  await acceptDatabase(scene);
  producer.start();
  await producer.ready();
}

it("refuses an older copy of the database, and once that is accepted makes the topic equal to it", async () => {
  const { scene, table, producer, restore } = await open({ rows: 200 });
  // What the copy doesn't know, and what it has that is gone.
  await scene.client.query(
    `INSERT INTO ${table.quoted} SELECT i, 'lost' FROM generate_series(201, 300) i;
     UPDATE ${table.quoted} SET body = 'lost' WHERE id BETWEEN 1 AND 50; DELETE FROM ${table.quoted} WHERE id BETWEEN 51 AND 100`,
  );
  await scene.expectTopicsEqualTables();
  await restore();

  await refusedThenAccepted(scene, producer);
  await scene.client.query(`INSERT INTO ${table.quoted} SELECT i, 'new' FROM generate_series(251, 350) i`);
  await scene.expectTopicsEqualTables();
  expect((await scene.view()).rows.size).toBe(300);
  // Once is enough.
  await producer.end("SIGTERM");
  producer.start();
  await producer.ready();
  await scene.expectTopicsEqualTables();
});

it("refuses an older copy that has gone on, past what was read, before anybody looked", async () => {
  const { scene, table, producer, restore } = await open();
  await scene.client.query(`INSERT INTO ${table.quoted} SELECT i, 'lost' FROM generate_series(1, 100) i`);
  await scene.expectTopicsEqualTables();
  const confirmed = await scene.confirmed();
  await producer.end("SIGTERM");
  await restore();
  await scene.client.query(`INSERT INTO ${table.quoted} SELECT i, 'after' FROM generate_series(51, 2000) i`);
  expect(await scene.walEnd()).toBeGreaterThan(confirmed);

  producer.start();
  await refusedThenAccepted(scene, producer);
  await scene.expectTopicsEqualTables();
});
