import { expect, it } from "vitest";
import type { ServiceProcess } from "../../support/service-process.js";
import { SourceScene } from "./source-scene.js";

async function openStreaming(
  tables: Record<string, string>,
): Promise<{ scene: SourceScene; producer: ServiceProcess }> {
  const scene = await SourceScene.open({ tables });
  const producer = await scene.startProducer();
  await producer.ready();
  await scene.expectTopicsEqualTables();
  return { scene, producer };
}

const COLUMNS = "id bigint PRIMARY KEY, body text, note integer";

it("follows a truncate, among changes and of several tables at once", async () => {
  const { scene } = await openStreaming({ "Odd Rows": COLUMNS, others: COLUMNS });
  const { client } = scene;
  const [a, b] = scene.tables.map(({ quoted }) => quoted);
  const rows = (table: string | undefined, from: number) =>
    `INSERT INTO ${table ?? ""} SELECT i, 'text', 1 FROM generate_series(${from}, ${from + 99}) i`;
  await client.query(`${rows(a, 1)}; ${rows(b, 1)}`);
  await client.query(`TRUNCATE ${a ?? ""}`);
  await client.query(rows(a, 51));
  await client.query(`BEGIN; UPDATE ${b ?? ""} SET note = 2; TRUNCATE ${a ?? ""}, ${b ?? ""}; ${rows(b, 90)}; COMMIT`);
  await client.query(`BEGIN; ${rows(a, 1)}; TRUNCATE ${a ?? ""}; ROLLBACK`);
  await client.query(
    `BEGIN; SAVEPOINT s; TRUNCATE ${b ?? ""}; ROLLBACK TO s; DELETE FROM ${b ?? ""} WHERE id = 90; COMMIT`,
  );
  await scene.expectTopicsEqualTables();
  expect((await scene.view(scene.tables[0])).rows.size).toBe(0);
  expect((await scene.view(scene.tables[1])).rows.size).toBe(99);
});

it("follows columns, enum values and types that change, without a restart", async () => {
  const { scene, producer } = await openStreaming({ "Odd Rows": COLUMNS });
  const { client, table } = scene;
  const t = table.quoted;
  await client.query(`INSERT INTO ${t} SELECT i, 'text', 1 FROM generate_series(1, 100) i`);
  await client.query("CREATE TYPE public.mood AS ENUM ('sad')");
  await client.query(`ALTER TABLE ${t} ADD COLUMN mood public.mood`);
  await client.query(`UPDATE ${t} SET mood = 'sad' WHERE id <= 10`);
  await client.query("ALTER TYPE public.mood ADD VALUE 'glad' BEFORE 'sad'");
  await client.query(`UPDATE ${t} SET mood = 'glad' WHERE id BETWEEN 5 AND 20`);
  await client.query("ALTER TYPE public.mood RENAME VALUE 'sad' TO 'blue'");
  await client.query(
    `BEGIN; UPDATE ${t} SET note = 2 WHERE id <= 3; ALTER TABLE ${t} DROP COLUMN note; INSERT INTO ${t} VALUES (101, 'x'); COMMIT`,
  );
  await client.query(`ALTER TABLE ${t} RENAME COLUMN body TO "Body Text"`);
  await client.query(`UPDATE ${t} SET "Body Text" = 'renamed' WHERE id BETWEEN 20 AND 40`);
  await client.query(
    `ALTER TABLE ${t} ADD COLUMN price numeric NOT NULL DEFAULT 1.50, ALTER COLUMN "Body Text" TYPE varchar(200)`,
  );
  await client.query(`DELETE FROM ${t} WHERE id = 50`);
  // Rows that nobody touched have no event with the columns of now: that is what a snapshot is for.
  await client.query(`UPDATE ${t} SET price = price + id`);
  await scene.expectTopicsEqualTables();
  await producer.ready();
  expect(producer.log).not.toMatch(/Trying again/);
});

it("has what was changed while the table had another name", async () => {
  const { scene } = await openStreaming({ "Odd Rows": COLUMNS });
  const { client, table } = scene;
  await client.query(`INSERT INTO ${table.quoted} SELECT i, 'text', 1 FROM generate_series(1, 100) i`);
  await scene.passedThrough();
  const away = `${table.schema}.away`;
  await client.query(`ALTER TABLE ${table.quoted} RENAME TO away`);
  await client.query(`UPDATE ${away} SET note = 2 WHERE id <= 50; DELETE FROM ${away} WHERE id > 90`);
  await client.query(`ALTER TABLE ${away} RENAME TO "${table.name}"`);
  await client.query(`INSERT INTO ${table.quoted} VALUES (101, 'text', 1)`);
  await scene.expectTopicsEqualTables();
});
