import { startPostgres } from "@freshet/local-stack/postgres";
import { expect, it, onTestFinished, vi } from "vitest";
import { parseLsn } from "@freshet/postgres/lsn";
import { TestSource } from "../testing/test-source.js";

const TABLE = "CREATE TABLE t (id int PRIMARY KEY, filler text); CREATE TABLE unpublished (id int)";

async function confirmedLsn(source: TestSource): Promise<bigint> {
  const query = "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = $1";
  const [lsn] = await source.client.row(query, [source.slot]);
  return parseLsn(lsn ?? "");
}

it("confirms what is delivered, and nothing that isn't", async () => {
  const source = await TestSource.open(TABLE, [["public", "t"]]);
  await source.createSlot();
  source.outlet.holdBack = true;
  await source.stream();
  await source.client.rows("INSERT INTO t VALUES (1)");
  await source.client.rows("INSERT INTO unpublished VALUES (1)");
  await vi.waitFor(() => expect(source.outlet.collected).toHaveLength(1));
  const [committed] = await source.client.row("SELECT pg_current_wal_lsn()");
  await source.client.rows("INSERT INTO t VALUES (2)");
  await vi.waitFor(() => expect(source.outlet.collected).toHaveLength(2));
  const oldest = source.outlet.collected[0]?.event?.source.position.commitLsn;
  expect(oldest).toBeDefined();
  expect(await confirmedLsn(source)).toBeLessThanOrEqual(oldest ?? 0n);
  source.outlet.deliver();
  await vi.waitFor(async () => expect(await confirmedLsn(source)).toBeGreaterThan(parseLsn(committed ?? "")));
});

it("lets the server forget WAL in which nothing of ours changes", async () => {
  const source = await TestSource.open(TABLE, [["public", "t"]]);
  await source.createSlot();
  await source.stream();
  await source.client.rows("INSERT INTO unpublished SELECT generate_series(1, 1000)");
  const [end] = await source.client.row("SELECT pg_current_wal_lsn()");
  await vi.waitFor(async () => expect(await confirmedLsn(source)).toBeGreaterThanOrEqual(parseLsn(end ?? "")), {
    timeout: 20_000,
  });
});

it("survives a consumer that is slower than the server's time-out, in bounded memory, and then loses nothing", async () => {
  const server = await startPostgres({ settings: { wal_sender_timeout: "3s" } });
  onTestFinished(() => server.stop());
  const source = await TestSource.open(TABLE, [["public", "t"]], server);
  await source.createSlot();
  let release = (): void => undefined;
  const stalled = new Promise<void>((resolve) => {
    release = resolve;
  });
  source.outlet.isFull = true;
  source.outlet.ready = () => stalled;
  const { ended } = await source.stream({ statusIntervalMs: 200, maxPendingBytes: 64 * 1024 });
  await source.client.rows("INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 20000) i");
  const sender =
    "SELECT reply_time > now() - interval '1500 ms', pg_stat_clear_snapshot() FROM pg_stat_replication WHERE state <> 'startup'";
  const begun = performance.now();
  await vi.waitFor(
    async () => {
      expect((await source.client.row(sender))[0]).toBe("t");
      expect(performance.now() - begun).toBeGreaterThan(7_000);
    },
    { timeout: 20_000 },
  );
  const blocked =
    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender' AND wait_event IN ('WalSenderWriteData', 'WalSenderMain') AND state = 'active'";
  expect(await source.client.row(blocked)).toEqual(["1"]);
  expect(source.outlet.collected).toEqual([]);
  source.outlet.isFull = false;
  release();
  const all = vi.waitFor(() => expect(source.outlet.collected).toHaveLength(20_000), { timeout: 30_000 });
  // Whichever comes first; the stream ends only with an error.
  await Promise.race([all, ended]);
  await all;
});

it("notices a server that is frozen", async () => {
  const server = await startPostgres();
  onTestFinished(() => server.stop());
  const source = await TestSource.open(TABLE, [["public", "t"]], server);
  await source.createSlot();
  const { ended } = await source.stream({ statusIntervalMs: 100, silenceLimitMs: 1_000 });
  const [pid] = await source.client.row("SELECT active_pid FROM pg_replication_slots WHERE slot_name = $1", [
    source.slot,
  ]);
  process.kill(Number(pid), "SIGSTOP");
  onTestFinished(() => {
    process.kill(Number(pid), "SIGCONT");
  });
  await expect(ended).rejects.toThrow(/has said nothing for 1 s/);
});

it("says which filters may have failed on a value, and that changes can't be read past that", async () => {
  const source = await TestSource.open("CREATE TABLE t (id int PRIMARY KEY, n int)", [["public", "t"]]);
  await source.client.rows(`ALTER TABLE t REPLICA IDENTITY FULL;
    ALTER PUBLICATION ${source.publication} SET TABLE t WHERE (10 / n > 1)`);
  await source.createSlot();
  const { ended } = await source.stream();
  await source.client.rows("INSERT INTO t VALUES (1, 0)");
  await expect(ended).rejects.toMatchObject({
    code: "filter-refused",
    message: expect.stringMatching(
      /division by zero\): correct where of public\.t .*`freshet source accept`/,
    ) as string,
  });
});
