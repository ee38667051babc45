import { randomName } from "@freshet/local-stack/testing";
import { decodeChangeEvent } from "@freshet/schemas/change-event";
import { BEGINNING, isOlder } from "@freshet/schemas/position";
import { describe, expect, it, vi } from "vitest";
import { parseLsn } from "@freshet/postgres/lsn";
import type { Session } from "@freshet/postgres/session";
import { capturedRows, SNAPSHOT_END } from "../testing/captured-rows.js";
import { openDatabase } from "../testing/open-database.js";
import { processStarter } from "../testing/producer-process.js";
import { followState } from "../testing/source-states.js";
import { followTopic, startService } from "../testing/test-service.js";

const PATIENCE = { timeout: 60_000, interval: 200 };

async function tableRows(client: Session, table: string): Promise<Map<string, unknown>> {
  const rows = await client.rows(`SELECT id, n FROM ${table}`);
  return new Map(rows.map(([id, n]) => [`{"id":${id ?? ""}}`, { id: Number(id), n: Number(n) }]));
}

describe("the service", () => {
  it("captures what is there and what comes, says how it is, and goes on where it stopped", async () => {
    const table = randomName("t");
    const slot = randomName("slot");
    const { url, client } = await openDatabase(
      `CREATE TABLE ${table} (id int PRIMARY KEY, n int); INSERT INTO ${table} VALUES (1, 1)`,
    );
    const options = { url, slot, tables: [{ schema: "public", name: table }] };
    const first = startService(options);
    await vi.waitFor(() => expect(first.service.readiness()).toEqual({ ready: true }), PATIENCE);
    await client.rows(`INSERT INTO ${table} VALUES (2, 2)`);
    const topic = await followTopic(`cdc.public.${table}`);
    const state = await followState(slot);
    await vi.waitFor(async () => expect(capturedRows(topic)).toEqual(await tableRows(client, table)), PATIENCE);
    expect(topic.has(SNAPSHOT_END)).toBe(true);
    await first.stop();
    await vi.waitFor(() => expect(state()?.phase).toBe("stopped"), PATIENCE);

    await client.rows(`UPDATE ${table} SET n = 10 WHERE id = 1; DELETE FROM ${table} WHERE id = 2`);
    const second = startService(options);
    await vi.waitFor(async () => expect(capturedRows(topic)).toEqual(await tableRows(client, table)), PATIENCE);
    const metrics = await second.registry.metrics();
    expect(metrics).toContain(`freshet_cdc_events_total{table="public.${table}",op="u"} 1`);
    expect(metrics).toContain(`freshet_cdc_events_total{table="public.${table}",op="d"} 1`);
    expect(metrics).not.toContain('op="r"');
    const [walEnd] = await client.row("SELECT pg_current_wal_lsn()");
    await vi.waitFor(() => {
      expect(parseLsn(state()?.confirmedLsn ?? "")).toBeGreaterThanOrEqual(parseLsn(walEnd ?? ""));
    }, PATIENCE);
  });

  it("snapshots a table that is added later, and one that comes back, but not those it has", async () => {
    const [a, b] = [randomName("a"), randomName("b")];
    const slot = randomName("slot");
    const { url } = await openDatabase(
      [a, b]
        .map(
          (table) => `CREATE TABLE ${table} (id int PRIMARY KEY, n int); INSERT INTO ${table} VALUES (1, 1), (2, 2);`,
        )
        .join(""),
    );
    const state = await followState(slot);
    const run = async (tables: string[]) => {
      const running = startService({ url, slot, tables: tables.map((name) => ({ schema: "public", name })) });
      await vi.waitFor(() => expect(running.service.readiness()).toEqual({ ready: true }), PATIENCE);
      await running.stop();
      await vi.waitFor(() => expect(state()?.phase).toBe("stopped"), PATIENCE);
      const metrics = await running.registry.metrics();
      return [a, b].filter((table) => metrics.includes(`freshet_cdc_snapshot_rows_total{table="public.${table}"} 2`));
    };
    expect(await run([a])).toEqual([a]);
    expect(await run([a, b])).toEqual([b]);
    expect(await run([b])).toEqual([]);
    expect(await run([a, b])).toEqual([a]);
  });

  it("comes back by itself, visibly, when Postgres ends its connections", async () => {
    const table = randomName("t");
    const slot = randomName("slot");
    const { url, client } = await openDatabase(`CREATE TABLE ${table} (id int PRIMARY KEY, n int)`);
    const { service, registry } = startService({ url, slot, tables: [{ schema: "public", name: table }] });
    const isReady = () => expect(service.readiness()).toEqual({ ready: true });
    await vi.waitFor(isReady, PATIENCE);
    const topic = await followTopic(`cdc.public.${table}`);
    for (let round = 1; round <= 3; round++) {
      await client.rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${slot}'`);
      await client.rows(`INSERT INTO ${table} VALUES (${round}, ${round})`);
      await vi.waitFor(() => expect(service.readiness().ready).toBe(false), { ...PATIENCE, interval: 1 });
      expect(service.readiness().reason).toMatch(/terminat|closed|ended/);
      await vi.waitFor(isReady, PATIENCE);
    }
    await vi.waitFor(async () => expect(capturedRows(topic)).toEqual(await tableRows(client, table)), PATIENCE);
    expect(await registry.metrics()).toMatch(/freshet_cdc_reconnects_total [3-9]/);
  });

  it("stops when its slot was dropped and made anew, and a new slot's snapshot outranks what the old one wrote", async () => {
    const table = randomName("t");
    const slot = randomName("slot");
    const { url, client } = await openDatabase(
      `CREATE TABLE ${table} (id int PRIMARY KEY, n int); INSERT INTO ${table} VALUES (1, 1), (2, 1)`,
    );
    const tables = [{ schema: "public", name: table }];
    const first = startService({ url, slot, tables });
    await vi.waitFor(() => expect(first.service.readiness()).toEqual({ ready: true }), PATIENCE);
    await first.stop();
    const topic = await followTopic(`cdc.public.${table}`);
    const position = () => decodeChangeEvent(topic.get('{"id":2}') ?? "", BEGINNING).source.position;
    await vi.waitFor(() => expect(topic.has('{"id":2}')).toBe(true), PATIENCE);
    const before = position();

    await client.rows("SELECT pg_drop_replication_slot($1)", [slot]);
    await expect(startService({ url, slot, tables }).ended).rejects.toThrow(/is gone from .*`freshet source accept`/);
    await client.rows(`DELETE FROM ${table} WHERE id = 1`);
    await client.rows("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [slot]);
    await expect(startService({ url, slot, tables }).ended).rejects.toThrow(/dropped and made anew/);

    const renewed = startService({ url, slot: randomName("slot"), tables });
    await vi.waitFor(() => expect(renewed.service.readiness()).toEqual({ ready: true }), PATIENCE);
    await vi.waitFor(() => expect(isOlder(before, position())).toBe(true), PATIENCE);
    expect(position().epoch).toBeGreaterThan(before.epoch);
  });
});

describe("the process", () => {
  it("loses nothing when it is killed again and again, also while another one waits to take over", async () => {
    const [log, counters] = [randomName("log"), randomName("counters")];
    const slot = randomName("slot");
    const { url, client } = await openDatabase(
      `CREATE TABLE ${log} (id serial PRIMARY KEY, n int); INSERT INTO ${log} (n) SELECT i FROM generate_series(1, 5000) i;
       CREATE TABLE ${counters} (id int PRIMARY KEY, n int); INSERT INTO ${counters} SELECT i, 0 FROM generate_series(1, 300) i`,
    );
    const start = processStarter({
      url,
      source: `{ publication: ${slot}_p, slot: ${slot}, tables: [public.${log}, public.${counters}] }`,
    });
    let writing = true;
    const write = async () => {
      for (let round = 1; writing; round++) {
        await client.rows(`INSERT INTO ${log} (n) SELECT i FROM generate_series(1, ${1 + (round % 7)}) i`);
        await client.rows(`UPDATE ${counters} SET n = n + 1 WHERE id % 30 = ${round % 30}`);
        await client.rows(`UPDATE ${counters} SET id = id + 1000 WHERE id = ${round % 300}`);
        await client.rows(`DELETE FROM ${counters} WHERE id = ${1000 + ((round - 5) % 300)}`);
        // A pace at which all of it can be compared at the end.
        await client.rows("SELECT pg_sleep(0.005)");
      }
    };
    const written = write();
    const topics = [await followTopic(`cdc.public.${log}`), await followTopic(`cdc.public.${counters}`)] as const;
    const state = await followState(slot);
    let holder = start();
    let standby = start();
    for (let round = 0; round < 5; round++) {
      const seen = state()?.updatedAt ?? 0;
      // It has done something since; then at any moment.
      await vi.waitFor(() => expect(state()?.updatedAt ?? 0).toBeGreaterThan(seen), PATIENCE);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
      // Which of them holds the lease isn't known the first time; a killed standby must not matter either.
      holder.kill("SIGKILL");
      holder = standby;
      standby = start();
    }
    writing = false;
    await written;
    await vi.waitFor(async () => {
      expect(difference(capturedRows(topics[0]), await tableRows(client, log))).toEqual([]);
      expect(difference(capturedRows(topics[1]), await tableRows(client, counters))).toEqual([]);
    }, PATIENCE);
  });
});

/** What one has and the other has not, short enough to read. */
function difference(topic: ReadonlyMap<string, unknown>, table: ReadonlyMap<string, unknown>): unknown[] {
  const keys = new Set([...topic.keys(), ...table.keys()]);
  const differing = [...keys].filter((key) => JSON.stringify(topic.get(key)) !== JSON.stringify(table.get(key)));
  return differing.slice(0, 5).map((key) => [key, { topic: topic.get(key), table: table.get(key) }, differing.length]);
}
