import { expect, it } from "vitest";
import { until } from "../../support/until.js";
import { tableRows } from "./table-rows.js";
import { acceptDatabase, endsWith } from "./source-refusal.js";
import { PATIENCE_MS, SourceScene } from "./source-scene.js";

it.each([
  { when: "while it reads", restarts: false },
  { when: "while it is stopped", restarts: true },
])("misses nothing for good when the publication is dropped and made anew $when", async ({ restarts }) => {
  const scene = await SourceScene.open();
  const { client, slot, table } = scene;
  await client.query(`INSERT INTO ${table.quoted} SELECT i, 'text' FROM generate_series(1, 100) i`);
  const producer = await scene.startProducer();
  await producer.ready();
  await scene.expectTopicsEqualTables();
  if (restarts) await producer.end("SIGTERM");
  await client.query(`DROP PUBLICATION ${slot}`);
  await client.query(
    `INSERT INTO ${table.quoted} VALUES (101, 'unseen'); UPDATE ${table.quoted} SET note = 2 WHERE id = 1;
     DELETE FROM ${table.quoted} WHERE id = 2`,
  );
  await client.query(`CREATE PUBLICATION ${slot} FOR TABLE ${table.quoted} WITH (publish_via_partition_root)`);
  await client.query(`UPDATE ${table.quoted} SET note = 3 WHERE id = 3`);
  if (restarts) producer.start();

  // Either it sees by itself that rows may be missing, or it stops and says what to do.
  const view = await scene.view();
  const isEqual = async () =>
    JSON.stringify([...view.rows].sort()) === JSON.stringify([...(await tableRows(client, table))].sort());
  await until(async () => !producer.running || (await isEqual()), {
    what: "the gap is noticed",
    timeoutMs: PATIENCE_MS,
  });
  if (!producer.running) {
    await endsWith(producer, /publication.*`freshet source accept`/);
    await acceptDatabase(scene);
    producer.start();
    await producer.ready();
  }
  await client.query(`INSERT INTO ${table.quoted} VALUES (102, 'after')`);
  await scene.expectTopicsEqualTables();
  expect(view.rows.size).toBe(101);
});
