import { startPostgres } from "@freshet/local-stack/postgres";
import { createDatabase, randomName } from "@freshet/local-stack/testing";
import { COMMANDS_TOPIC } from "@freshet/schemas/topics";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { followRows } from "../testing/captured-rows.js";
import { openClient } from "../testing/open-database.js";
import { sendCommand } from "../testing/send-command.js";
import { followState } from "../testing/source-states.js";
import { followTopic, startService } from "../testing/test-service.js";

const PATIENCE = { timeout: 60_000, interval: 200 };

/** What `freshet source accept` does. */
async function accept(slot: string, epoch: number): Promise<void> {
  await sendCommand({ kind: "accept", slot, epoch, requestedAt: Date.now() });
}

/** A source that was read once, and is stopped, with a row that is going to be deleted unseen. */
async function open(server?: { readonly url: string }) {
  const { url } = server ?? (await createDatabase());
  const client = await openClient(url);
  const [table, slot] = [randomName("t"), randomName("slot")];
  await client.rows(`CREATE TABLE ${table} (id int PRIMARY KEY, n int); INSERT INTO ${table} VALUES (1, 1), (2, 1)`);
  const start = () => startService({ url, slot, tables: [{ schema: "public", name: table }] });
  const [rows, state, commands] = [
    await followRows(`cdc.public.${table}`),
    await followState(slot),
    await followTopic(COMMANDS_TOPIC),
  ];
  const settled = async (expected: Record<string, unknown>) => {
    await vi.waitFor(() => expect(rows()).toEqual(expected), PATIENCE);
    await vi.waitFor(() => {
      expect(Object.values(state()?.snapshots ?? {}).map(({ finishedAt }) => finishedAt)).toEqual([expect.any(Number)]);
    }, PATIENCE);
  };
  const first = start();
  await settled({ '{"id":1}': { id: 1, n: 1 }, '{"id":2}': { id: 2, n: 1 } });
  await first.stop();
  await vi.waitFor(() => expect(state()?.phase).toBe("stopped"), PATIENCE);
  // The server notices the end of the connection a moment later.
  await vi.waitFor(async () => {
    expect(await client.row("SELECT active FROM pg_replication_slots WHERE slot_name = $1", [slot])).toEqual(["f"]);
  }, PATIENCE);
  return { url, client, table, slot, start, state, settled, commands };
}

type Scene = Awaited<ReturnType<typeof open>>;

/** Refused until it is accepted; then the table is as it is, without the row that was deleted unseen. */
async function refusedThenAccepted({ client, table, slot, start, state, settled, commands }: Scene, message: RegExp) {
  await expect(start().ended).rejects.toThrow(message);
  await expect(start().ended).rejects.toThrow(/run `freshet source accept`/);
  const before = state()?.epoch ?? 0;
  await accept(slot, before);
  const second = start();
  await settled({ '{"id":2}': { id: 2, n: 1 }, '{"id":3}': { id: 3, n: 3 } });
  expect(state()?.epoch).toBeGreaterThan(before);
  expect(state()).toMatchObject({ lastError: null });
  await vi.waitFor(() => expect([...commands.keys()]).not.toContain(`accept/${slot}`), PATIENCE);
  await client.rows(`UPDATE ${table} SET n = 4 WHERE id = 3`);
  await settled({ '{"id":2}': { id: 2, n: 1 }, '{"id":3}': { id: 3, n: 4 } });
  await second.stop();
}

const changeUnseen = ({ client, table }: Scene) =>
  client.rows(`DELETE FROM ${table} WHERE id = 1; INSERT INTO ${table} VALUES (3, 3)`);

describe("a slot that missed changes is refused, and read anew once that is accepted:", () => {
  it("one that is gone", async () => {
    const scene = await open();
    await scene.client.rows("SELECT pg_drop_replication_slot($1)", [scene.slot]);
    await changeUnseen(scene);
    await refusedThenAccepted(scene, /is gone from/);
  });

  it("one that was dropped and made anew behind our back", async () => {
    const scene = await open();
    await scene.client.rows("SELECT pg_drop_replication_slot($1)", [scene.slot]);
    await changeUnseen(scene);
    await scene.client.rows("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [scene.slot]);
    await refusedThenAccepted(scene, /dropped and made anew/);
  });

  it("one that was moved", async () => {
    const scene = await open();
    await changeUnseen(scene);
    await scene.client.rows("SELECT pg_replication_slot_advance($1, pg_current_wal_lsn())", [scene.slot]);
    await refusedThenAccepted(scene, /it was moved/);
  });

  it("one that fell behind what the server keeps", async () => {
    const server = await startPostgres({ settings: { max_slot_wal_keep_size: "16MB", min_wal_size: "32MB" } });
    onTestFinished(() => server.stop());
    const scene = await open(server);
    await changeUnseen(scene);
    await scene.client.rows("CREATE TABLE noise (text text)");
    await vi.waitFor(async () => {
      await scene.client.rows("INSERT INTO noise SELECT repeat('x', 1000) FROM generate_series(1, 20000)");
      await scene.client.rows("SELECT pg_switch_wal()");
      await scene.client.rows("CHECKPOINT");
      const [status] = await scene.client.row("SELECT wal_status FROM pg_replication_slots");
      expect(status).toBe("lost");
    }, PATIENCE);
    await refusedThenAccepted(scene, /can't be read any more \(wal_removed\)/);
  });
});

it("is accepted once, though the command comes again", async () => {
  const scene = await open();
  const { slot, state, start, settled, commands } = scene;
  const before = state()?.epoch ?? 0;
  await accept(slot, before);
  await vi.waitUntil(() => commands.get(`accept/${slot}`), PATIENCE);
  const second = start();
  await vi.waitFor(() => expect([...commands.keys()]).not.toContain(`accept/${slot}`), PATIENCE);
  await settled({ '{"id":1}': { id: 1, n: 1 }, '{"id":2}': { id: 2, n: 1 } });
  await second.stop();
  const accepted = state();
  // As when it was interrupted before it could delete the command.
  await accept(slot, before);
  start();
  await vi.waitFor(() => expect(state()?.updatedAt).toBeGreaterThan(accepted?.updatedAt ?? 0), PATIENCE);
  await vi.waitFor(() => expect([...commands.keys()]).not.toContain(`accept/${slot}`), PATIENCE);
  expect(state()).toMatchObject({ epoch: accepted?.epoch, snapshots: accepted?.snapshots });
});
