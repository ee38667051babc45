import { createDatabase, randomName } from "@freshet/local-stack/testing";
import { describe, expect, it, vi } from "vitest";
import { followRows } from "../testing/captured-rows.js";
import { openClient } from "../testing/open-database.js";
import { metric, openPolledSource, PATIENCE, untilCaptured, untilRounds } from "../testing/polled-source.js";
import { followState } from "../testing/source-states.js";
import { startService } from "../testing/test-service.js";

const TABLE = `CREATE TABLE TABLE_NAME (id int PRIMARY KEY, n int, updated_at timestamptz DEFAULT now(), deleted_at timestamptz);
  CREATE INDEX ON TABLE_NAME (updated_at, id);
  INSERT INTO TABLE_NAME SELECT i, i FROM generate_series(1, 1000) i;`;
const POLL = { updatedAt: "updated_at", deletedAt: "deleted_at" };
const events = "freshet_cdc_events_total";

describe("a polled table", () => {
  it("is captured, with its updates, soft deletes and rows that come back, each change once", async () => {
    const source = await openPolledSource(TABLE, POLL);
    const { client, table, label } = source;
    const first = source.start();
    const { registry, service } = first;
    await untilCaptured(source, "id, n");
    await vi.waitFor(() => expect(service.readiness()).toEqual({ ready: true }), PATIENCE);
    expect(await metric(registry, events, { table: label, op: "r" })).toBe(1000);

    // One time for all of them, over several pages.
    await untilRounds(registry, label);
    const before = await metric(registry, events, { table: label, op: "u" });
    await client.rows(`UPDATE ${table} SET n = -n, updated_at = now()`);
    await untilCaptured(source, "id, n");
    await untilRounds(registry, label, 5);
    expect((await metric(registry, events, { table: label, op: "u" })) - before).toBe(1000);

    await client.rows(`UPDATE ${table} SET deleted_at = now(), updated_at = now() WHERE id % 10 = 0`);
    await untilCaptured(source, "id, n", "deleted_at IS NULL");
    expect(await metric(registry, events, { table: label, op: "d" })).toBe(100);
    await client.rows(`UPDATE ${table} SET deleted_at = NULL, n = 0, updated_at = now() WHERE id = 10`);
    await untilCaptured(source, "id, n", "deleted_at IS NULL");
    await first.stop();

    // Nothing is loaded again, and what was seen before comes at most once more.
    await client.rows(`UPDATE ${table} SET n = 5, updated_at = now() WHERE id = 5`);
    const second = source.start();
    await untilCaptured(source, "id, n", "deleted_at IS NULL");
    await untilRounds(second.registry, label, 5);
    expect(await metric(second.registry, events, { table: label, op: "r" })).toBe(0);
  });

  it("doesn't miss what is committed long after its time, while others were read", async () => {
    const source = await openPolledSource(TABLE);
    const { client, table, label, url } = source;
    const { registry } = source.start({ overlapSeconds: 20 });
    await untilCaptured(source, "id, n");
    const late = await openClient(url);
    await late.rows("BEGIN");
    await late.rows(`UPDATE ${table} SET n = 100001, updated_at = now() WHERE id = 1`);
    await late.rows(`INSERT INTO ${table} VALUES (5000, 5000)`);
    for (let round = 0; round < 3; round++) {
      await client.rows(`UPDATE ${table} SET n = n + 1, updated_at = clock_timestamp() WHERE id = 2`);
      await untilRounds(registry, label);
    }
    await untilCaptured(source, "id, n");
    await late.rows("COMMIT");
    await untilCaptured(source, "id, n");
  });

  it("sends two changes of one row that have the same time, the later one last", async () => {
    const source = await openPolledSource(TABLE);
    const { client, table, label } = source;
    const { registry } = source.start({ overlapSeconds: 20 });
    for (let n = 1; n <= 5; n++) {
      await client.rows(`UPDATE ${table} SET n = ${n}, updated_at = date_trunc('day', now()) + '1 year' WHERE id = 1`);
      await untilRounds(registry, label);
      await untilCaptured(source, "id, n");
    }
    // A row far in the future hides nothing.
    await client.rows(`UPDATE ${table} SET n = 0, updated_at = now() WHERE id = 2`);
    await untilCaptured(source, "id, n");
  });

  it("is loaded with its rows that have no time, whose changes aren't seen until they have one", async () => {
    const source = await openPolledSource(`${TABLE} UPDATE TABLE_NAME SET updated_at = NULL WHERE id <= 2;`);
    const { client, table, label } = source;
    const { registry } = source.start();
    await untilCaptured(source, "id, n");
    await client.rows(`UPDATE ${table} SET n = 50 WHERE id <= 2`);
    await untilRounds(registry, label, 3);
    const rows = await followRows(`cdc.public.${table}`);
    expect(rows()['{"id":1}']).toMatchObject({ n: 1 });
    await client.rows(`UPDATE ${table} SET updated_at = now() WHERE id <= 2`);
    await untilCaptured(source, "id, n");
  });

  it("goes on where its load was when it is interrupted", async () => {
    const source = await openPolledSource(
      `${TABLE} INSERT INTO TABLE_NAME SELECT i, i, now() - '1 day'::interval FROM generate_series(1001, 60000) i;`,
    );
    const { client, table, label, slot } = source;
    const state = await followState(slot);
    const run = () => state()?.snapshots[label];
    const first = source.start();
    await vi.waitFor(() => expect(run()?.rows).toBeGreaterThan(0), { ...PATIENCE, interval: 5 });
    await first.stop();
    await vi.waitFor(() => expect(run()).toMatchObject({ finishedAt: null }), PATIENCE);
    await client.rows(`DELETE FROM ${table} WHERE id IN (1, 59999)`);
    const second = source.start();
    await vi.waitFor(() => expect(run()?.finishedAt).not.toBeNull(), PATIENCE);
    const again = await metric(second.registry, events, { table: label, op: "r" });
    expect(again).toBeLessThan(60_000);
    expect(run()?.rows).toBeGreaterThan(again);
    // What was read before the interruption and is gone now is found by the next whole reading only.
    await untilCaptured(source, "id, n", "true UNION ALL SELECT 1, 1");
  });

  it.each([
    ["bigint", "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"],
    ["timestamp", "clock_timestamp() AT TIME ZONE 'UTC'"],
    ["timestamp(0)", "clock_timestamp() AT TIME ZONE 'UTC'"],
    ["date", "current_date"],
  ])("shows its changes by a %s too", async (type, now) => {
    const source = await openPolledSource(
      `CREATE TABLE TABLE_NAME (id int PRIMARY KEY, n int, updated_at ${type}); INSERT INTO TABLE_NAME VALUES (1, 1, ${now}), (2, 2, NULL), (3, 3, ${now});`,
    );
    const { client, table, label } = source;
    const { registry } = source.start();
    await untilCaptured(source, "id, n");
    for (let n = 10; n < 14; n++) {
      await client.rows(`UPDATE ${table} SET n = ${n}, updated_at = ${now} WHERE id = ${1 + (n % 2)}`);
      await untilCaptured(source, "id, n");
      await untilRounds(registry, label);
    }
  });

  it("may have any name, and a key of several columns with types of extensions", async () => {
    const { url } = await createDatabase();
    const client = await openClient(url);
    const [schema, name, slot] = [randomName('My "Schema".x'), 'Odd "Table"', randomName("slot")];
    const quoted = `"${schema.replaceAll('"', '""')}"."Odd ""Table"""`;
    await client.rows(`CREATE EXTENSION citext; CREATE SCHEMA "${schema.replaceAll('"', '""')}";
      CREATE TABLE ${quoted} ("a b" citext, "C'c" numeric(10, 3), "Updated At" timestamptz DEFAULT now(), gone boolean, PRIMARY KEY ("C'c", "a b"));
      INSERT INTO ${quoted} SELECT (CASE i % 2 WHEN 0 THEN 'x' ELSE 'X' END) || i, i % 3 FROM generate_series(1, 500) i`);
    const topic = `cdc.${schema.replaceAll(/[^a-z0-9._-]/gi, "_")}.Odd__Table_`;
    startService({
      ...{ url, slot, poll: { intervalSeconds: 0.1, overlapSeconds: 2 } },
      tables: [{ schema, name, poll: { updatedAt: "Updated At", deletedAt: "gone" } }],
    });
    const rows = await followRows(topic);
    await vi.waitFor(() => expect(Object.keys(rows())).toHaveLength(500), PATIENCE);
    await client.rows(`UPDATE ${quoted} SET gone = "C'c" = 1, "Updated At" = now()`);
    await vi.waitFor(async () => {
      const kept = await client.rows(
        `SELECT json_build_object('C''c', "C'c"::text, 'a b', "a b") FROM ${quoted} WHERE NOT gone`,
      );
      const keys = kept.map(([key]) => JSON.stringify(JSON.parse(key ?? "")));
      expect(new Set(Object.keys(rows()))).toEqual(new Set(keys));
    }, PATIENCE);
  });
});
