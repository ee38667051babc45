import { COMMANDS_TOPIC } from "@freshet/schemas/topics";
import { describe, expect, it, vi } from "vitest";
import { followRows } from "../testing/captured-rows.js";
import { metric, openPolledSource, PATIENCE, untilCaptured, untilRounds } from "../testing/polled-source.js";
import { processStarter } from "../testing/producer-process.js";
import { sendCommand } from "../testing/send-command.js";
import { followState } from "../testing/source-states.js";
import { followTopic } from "../testing/test-service.js";

/** The first rows lie far below the overlap of the last one, so a round has no reason to look at them again. */
const TABLE = `CREATE TABLE TABLE_NAME (id int PRIMARY KEY, n int, updated_at timestamptz DEFAULT now());
  INSERT INTO TABLE_NAME SELECT i, i, now() - interval '1 day' + i * interval '1 second' FROM generate_series(1, 2000) i;`;

describe("what is asked for", () => {
  it("is read: a whole table, whose end removes what is gone, some keys, and what matches a condition", async () => {
    const source = await openPolledSource(TABLE);
    const { client, table, label, slot } = source;
    const { registry } = source.start();
    await untilCaptured(source, "id, n");
    const state = await followState(slot);
    await untilRounds(registry, label);
    const rows = await followRows(`cdc.public.${table}`);
    const requestedAt = Date.now();
    const snapshot = { kind: "snapshot", slot, table: label, requestedAt, where: null, keys: null } as const;
    const outcome = (id: string) =>
      vi.waitFor(() => expect(state()?.requested[id]?.finishedAt).toBeTypeOf("number"), PATIENCE);

    // None of these shows in the column.
    await client.rows(`UPDATE ${table} SET n = -1 WHERE id IN (1, 2, 3); DELETE FROM ${table} WHERE id IN (10, 11)`);
    await sendCommand({ ...snapshot, id: `${slot}-keys`, keys: [{ id: 1 }, { id: 10 }] });
    await outcome(`${slot}-keys`);
    await vi.waitFor(() => expect(rows()).toMatchObject({ '{"id":1}': { n: -1 }, '{"id":2}': { n: 2 } }), PATIENCE);
    expect(Object.keys(rows())).toHaveLength(1999);
    await sendCommand({ ...snapshot, id: `${slot}-where`, where: "n < 0 -- these" });
    await outcome(`${slot}-where`);
    await vi.waitFor(() => expect(rows()).toMatchObject({ '{"id":3}': { n: -1 } }), PATIENCE);
    expect(rows()).toHaveProperty(['{"id":11}']);
    await sendCommand({ ...snapshot, id: `${slot}-whole` });
    await outcome(`${slot}-whole`);
    await untilCaptured(source, "id, n");

    await sendCommand({ ...snapshot, id: `${slot}-wrong`, where: "no_such_column" });
    await sendCommand({ ...snapshot, id: `${slot}-unknown`, table: "public.none" });
    await vi.waitFor(() => {
      expect(state()?.requested[`${slot}-wrong`]?.error).toMatch(/no_such_column/);
      expect(state()?.requested[`${slot}-unknown`]?.error).toMatch(/not among source.tables/);
    }, PATIENCE);
    const commands = await followTopic(COMMANDS_TOPIC);
    await vi.waitFor(() => {
      const left = [...commands.keys()].filter((key) => key.startsWith(`snapshot/${slot}/`));
      expect(left).toEqual([]);
    }, PATIENCE);
  });

  it("starts anew with a higher epoch when the database is accepted", async () => {
    const source = await openPolledSource(TABLE);
    const { client, table, slot } = source;
    const state = await followState(slot);
    const first = source.start();
    await untilCaptured(source, "id, n");
    await first.stop();
    await vi.waitFor(() => expect(state()?.phase).toBe("stopped"), PATIENCE);
    const before = state()?.epoch ?? 0;
    await client.rows(`DELETE FROM ${table} WHERE id < 100`);
    await sendCommand({ kind: "accept", slot, epoch: before, requestedAt: Date.now() });
    source.start();
    await untilCaptured(source, "id, n");
    expect(state()?.epoch).toBeGreaterThan(before);
  });
});

describe("two instances", () => {
  it("poll one at a time, and the second goes on when the first is gone", async () => {
    const source = await openPolledSource(TABLE);
    const { client, table, label } = source;
    const first = source.start();
    await untilCaptured(source, "id, n");
    const second = source.start();
    await vi.waitFor(() => expect(second.service.readiness().reason).toMatch(/hot standby/), PATIENCE);
    await expect(second.requests.request([label])).rejects.toThrow(/another instance polls the source/);
    await client.rows(`UPDATE ${table} SET n = -n, updated_at = now() WHERE id < 500`);
    await untilCaptured(source, "id, n");
    await first.stop();
    await client.rows(`UPDATE ${table} SET n = 0, updated_at = now() WHERE id < 200`);
    await untilCaptured(source, "id, n");
    expect(await metric(second.registry, "freshet_cdc_events_total", { table: label, op: "r" })).toBe(0);
  });

  it("come back by themselves when Postgres ends their connections", async () => {
    const source = await openPolledSource(TABLE);
    const { client, table, slot } = source;
    const { service, registry } = source.start();
    for (let round = 1; round <= 3; round++) {
      await vi.waitFor(() => expect(service.readiness()).toEqual({ ready: true }), PATIENCE);
      await client.rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${slot}'`);
      await client.rows(`UPDATE ${table} SET n = ${round}, updated_at = now() WHERE id <= ${round}`);
      await vi.waitFor(
        async () => expect(await metric(registry, "freshet_cdc_reconnects_total", {})).toBeGreaterThanOrEqual(round),
        PATIENCE,
      );
    }
    await untilCaptured(source, "id, n");
  });
});

describe("the process", () => {
  it("loses nothing when it is killed again and again, in the load and in the rounds", async () => {
    const source = await openPolledSource(
      `CREATE TABLE TABLE_NAME (id int PRIMARY KEY, n int, updated_at timestamptz DEFAULT now());
       INSERT INTO TABLE_NAME SELECT i, i, now() - '1 hour'::interval FROM generate_series(1, 20000) i;`,
    );
    const { client, table, label, slot, url } = source;
    const state = await followState(slot);
    const start = processStarter({
      url,
      source: `{ mode: poll, slot: ${slot}, tables: [{ table: ${label}, poll: { updatedAt: updated_at } }], poll: { intervalSeconds: 0.1, overlapSeconds: 5 } }`,
    });
    for (let round = 1; round <= 5; round++) {
      const before = state()?.updatedAt ?? 0;
      const child = start();
      await vi.waitFor(() => expect(state()?.updatedAt ?? 0).toBeGreaterThan(before), PATIENCE);
      await client.rows(`UPDATE ${table} SET n = n + 1, updated_at = now() WHERE id % 50 = ${round}`);
      await client.rows(`SELECT pg_sleep(random() / 4)`);
      child.kill("SIGKILL");
    }
    start();
    await untilCaptured(source, "id, n");
  });
});
