import { randomName } from "@freshet/local-stack/testing";
import { describe, expect, it, vi } from "vitest";
import { followRows } from "../testing/captured-rows.js";
import { openDatabase } from "../testing/open-database.js";
import { startService } from "../testing/test-service.js";

/** An older server fails for ever at a change that was made without the publication. */
const SKIPS_WHAT_IS_UNPUBLISHED = 180_000;
const PATIENCE = { timeout: 60_000, interval: 200 };

const PLAIN = (table: string) => `CREATE TABLE ${table} (id int PRIMARY KEY, n int)`;

async function open(definition = PLAIN) {
  const [table, slot, publication] = [randomName("t"), randomName("slot"), randomName("p")];
  const { url, client } = await openDatabase(`${definition(table)}; INSERT INTO ${table} VALUES (1, 1), (2, 1)`);
  const start = () =>
    startService({
      ...{ url, slot, publication, tables: [{ schema: "public", name: table }] },
      timing: { watchIntervalMs: 200 },
    });
  const service = start();
  const rows = await followRows(`cdc.public.${table}`);
  await vi.waitFor(() => expect(service.service.readiness()).toEqual({ ready: true }), PATIENCE);
  await vi.waitFor(() => expect(Object.keys(rows())).toHaveLength(2), PATIENCE);
  return { client, table, publication, start, service, rows };
}

const RENEWED = (table: string) =>
  `BEGIN; DROP TABLE ${table}; CREATE TABLE ${table} (id int PRIMARY KEY, n int); INSERT INTO ${table} VALUES (2, 2), (3, 2); COMMIT`;

describe("a table that changes while it is captured", () => {
  it.each<[string, (table: string) => string, Record<string, unknown>]>([
    [
      "dropped and made anew",
      RENEWED,
      { '{"id":2}': { id: 2, n: 2 }, '{"id":3}': { id: 3, n: 2 }, '{"id":9}': { id: 9, n: 9 } },
    ],
    [
      "given another name for its key",
      (table) => `ALTER TABLE ${table} RENAME id TO number`,
      {
        ...{ '{"number":1}': { number: 1, n: 1 }, '{"number":2}': { number: 2, n: 1 } },
        '{"number":9}': { number: 9, n: 9 },
      },
    ],
    [
      "rewritten",
      (table) => `ALTER TABLE ${table} ALTER n TYPE int USING n + 100`,
      { '{"id":1}': { id: 1, n: 101 }, '{"id":2}': { id: 2, n: 101 }, '{"id":9}': { id: 9, n: 9 } },
    ],
  ])("is taken anew when it was %s", async (_what, change, expected) => {
    const { client, table, rows } = await open();
    for (const statement of change(table).split(";")) await client.rows(statement);
    await client.rows(`INSERT INTO ${table} VALUES (9, 9)`);
    await vi.waitFor(() => expect(rows()).toEqual(expected), PATIENCE);
  });

  it("is taken anew when a partition of it was truncated, and not for a new one, or a new column", async () => {
    const { client, table, rows, service } = await open(
      (table) => `CREATE TABLE ${table} (id int PRIMARY KEY, n int) PARTITION BY LIST (id);
        CREATE TABLE ${table}_1 PARTITION OF ${table} FOR VALUES IN (1);
        CREATE TABLE ${table}_2 PARTITION OF ${table} FOR VALUES IN (2)`,
    );
    const reconnects = async () =>
      Number(/^freshet_cdc_reconnects_total (\d+)$/m.exec(await service.registry.metrics())?.[1]);
    await client.rows(
      `CREATE TABLE ${table}_9 PARTITION OF ${table} FOR VALUES IN (9); ALTER TABLE ${table} ADD later int`,
    );
    await client.rows(`INSERT INTO ${table} VALUES (9, 9, 9)`);
    const before = { '{"id":1}': { id: 1, n: 1 }, '{"id":2}': { id: 2, n: 1 } };
    await vi.waitFor(() => expect(rows()).toEqual({ ...before, '{"id":9}': { id: 9, n: 9, later: 9 } }), PATIENCE);
    expect(await reconnects()).toBe(0);
    await client.rows(`TRUNCATE ${table}_1`);
    const expected = { '{"id":2}': { id: 2, n: 1, later: null }, '{"id":9}': { id: 9, n: 9, later: 9 } };
    await vi.waitFor(() => expect(rows()).toEqual(expected), PATIENCE);
    expect(await reconnects()).toBe(1);
  });

  it("is taken anew at the start when it was dropped and made anew meanwhile", async () => {
    const { client, table, start, service, rows } = await open();
    await service.stop();
    for (const statement of RENEWED(table).split(";")) await client.rows(statement);
    start();
    await vi.waitFor(
      () => expect(rows()).toEqual({ '{"id":2}': { id: 2, n: 2 }, '{"id":3}': { id: 3, n: 2 } }),
      PATIENCE,
    );
  });

  it("is taken anew when its publication was missing, or has to be accepted where the server can't read on", async () => {
    const { client, table, publication, service, rows } = await open();
    const [version] = await client.row("SHOW server_version_num");
    await client.rows(`DROP PUBLICATION ${publication}`);
    await client.rows(`DELETE FROM ${table} WHERE id = 1; INSERT INTO ${table} VALUES (4, 4)`);
    await client.rows(`CREATE PUBLICATION ${publication} FOR TABLE ${table} WITH (publish_via_partition_root = true)`);
    if (Number(version) < SKIPS_WHAT_IS_UNPUBLISHED) {
      await expect(service.ended).rejects.toThrow(/was missing while changes were made .*`freshet source accept`/);
      return;
    }
    await client.rows(`INSERT INTO ${table} VALUES (9, 9)`);
    const expected = { '{"id":2}': { id: 2, n: 1 }, '{"id":4}': { id: 4, n: 4 }, '{"id":9}': { id: 9, n: 9 } };
    await vi.waitFor(() => expect(rows()).toEqual(expected), PATIENCE);
  });

  it("ends the service when it is gone, with what to do", async () => {
    const { client, table, service } = await open();
    await client.rows(`DROP TABLE ${table}`);
    await expect(service.ended).rejects.toThrow(/There is no table .*create it, or take it out/);
  });
});

it("tells how the slot is, again and again", async () => {
  const { client, table, service } = await open();
  const metric = async (name: string) =>
    Number(new RegExp(`^freshet_cdc_slot_${name} (\\S+)$`, "m").exec(await service.registry.metrics())?.[1]);
  await vi.waitFor(async () => expect(await metric("retained_bytes")).toBeGreaterThan(0), PATIENCE);
  const before = await metric("retained_bytes");
  // The slot keeps its WAL until the server has logged its running transactions twice.
  await client.rows(`INSERT INTO ${table} SELECT i, i FROM generate_series(10, 20000) i`);
  await vi.waitFor(async () => expect(await metric("retained_bytes")).toBeGreaterThan(before + 100_000), PATIENCE);
  await vi.waitFor(async () => expect(await metric("lag_seconds")).toBeLessThan(5), PATIENCE);
  expect(await service.registry.metrics()).toMatch(/freshet_cdc_slot_safe_bytes \+Inf/);
});
