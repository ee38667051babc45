import { expect, it } from "vitest";
import { LONG, NOTES, ownPostgres, RestoreScene } from "./restore-scene.js";

const TABLE = `CREATE TABLE ${NOTES} (id bigint PRIMARY KEY, body text, note integer) PARTITION BY RANGE (id);
  CREATE TABLE notes_1 PARTITION OF ${NOTES} FOR VALUES FROM (1) TO (100);
  CREATE TABLE notes_2 PARTITION OF ${NOTES} FOR VALUES FROM (100) TO (200);
  INSERT INTO ${NOTES} SELECT i, 'there ' || i, 0 FROM generate_series(91, 110) i`;

/** What the producer says that looks at its tables now and then, and takes one anew that is another. */
const NOTICED = /partitions or publication were dropped, made anew or changed/;

/** Postgres tells of no rows when a partition is exchanged for a copy of it. */
it("a partition that is restored leaves rows that the table hasn't, and a repair deletes those too", async () => {
  const { client, ...scene } = await openScene();
  await client.query("CREATE TABLE saved (LIKE notes_2 INCLUDING ALL)");
  await client.query("INSERT INTO saved SELECT * FROM notes_2");
  await client.query(
    `DELETE FROM ${NOTES} WHERE id = 100; UPDATE ${NOTES} SET body = '${LONG}' WHERE id = 101;
     INSERT INTO ${NOTES} VALUES (120, '${LONG}', 1), (121, 'short', 1)`,
  );
  await scene.expectEqual();
  await client.query(
    `BEGIN; ALTER TABLE ${NOTES} DETACH PARTITION notes_2;
     ALTER TABLE ${NOTES} ATTACH PARTITION saved FOR VALUES FROM (100) TO (200); COMMIT`,
  );

  const differences = ['missing {"id":100}', 'orphaned {"id":120}', 'orphaned {"id":121}', 'stale {"id":101}'];
  const found = await scene.verify();
  // The producer may look before or while it is verified.
  if (!NOTICED.test(scene.producerLog())) {
    expect(found, found.stderr).toMatchObject({ code: 1 });
    expect(found.examples.map(({ kind, key }) => `${kind} ${key}`).sort()).toEqual(differences);
  }
  const repaired = await scene.verify("--repair");
  expect(repaired, repaired.stderr).toMatchObject({ code: 0 });
  expect(await scene.verify("--deep", "1")).toMatchObject({ code: 0, examples: [] });
  await scene.expectEqual();
}, 240_000);

async function openScene() {
  const scene = await RestoreScene.open(await ownPostgres(), TABLE);
  return {
    client: scene.client,
    producerLog: () => scene.producer.log,
    verify: (...options: readonly string[]) => scene.verify(...options),
    expectEqual: () => scene.expectEqual(),
  };
}
