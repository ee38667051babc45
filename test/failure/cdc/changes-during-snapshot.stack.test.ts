import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "pg";
import { expect, it, onTestFinished } from "vitest";
import type { ServiceProcess } from "../../support/service-process.js";
import { until } from "../../support/until.js";
import { PATIENCE_MS, SourceScene } from "./source-scene.js";
import { walSender } from "./wal-sender.js";
import { Writers } from "./writers.js";

const ROWS = 40_000;
const HOT_KEYS = 200;
/** So many rows apart are those that one statement changes: some of each chunk. */
const STRIDE = 97;
/** A pace that leaves the stream, and so the snapshot, time to come along. */
const SWEEP_PAUSE_MS = 100;

it("ends with topic and table equal when hot rows change during the snapshot, and it is killed again and again", async () => {
  const scene = await SourceScene.open();
  const { client, random, table } = scene;
  await client.query(`INSERT INTO ${table.quoted} SELECT i, 'text ' || i FROM generate_series(1, ${ROWS}) i; ANALYZE`);
  const writers = Writers.start(scene, { keys: HOT_KEYS });
  const sweeper = await scene.connect();
  let isSweeping = true;
  const sweep = async () => {
    while (isSweeping) {
      const rest = Math.floor(random() * STRIDE);
      await sweeper.query(`UPDATE ${table.quoted} SET note = note + 1 WHERE id % ${STRIDE} = $1 AND id > ${HOT_KEYS}`, [
        rest,
      ]);
      await wait(SWEEP_PAUSE_MS);
    }
  };
  const swept = sweep();
  const endSweep = async () => {
    isSweeping = false;
    await swept;
  };
  onTestFinished(endSweep);
  const producer = await scene.startProducer();
  await producer.ready();
  const view = await scene.view();
  for (let kill = 0; kill < 3; kill++) {
    const goal = view.messages + Math.floor(random() * 8_000);
    await until(() => view.messages >= goal, { what: `message ${goal} is there`, timeoutMs: PATIENCE_MS, everyMs: 1 });
    expect(await producer.end("SIGKILL")).toBeNull();
    producer.start();
    await producer.ready();
  }
  // No later: what a change comes after heals what the snapshot did to a row.
  await scene.snapshotsFinished();
  await Promise.all([endSweep(), writers.stop()]);
  await scene.expectTopicsEqualTables();
});

const ROWS_READ = /^freshet_cdc_snapshot_rows_total\{/;

/** What the process has counted of its only table. */
async function counted({ url }: ServiceProcess, metric: RegExp): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((each) => metric.test(each));
  if (line === undefined) throw new Error(`there is no ${metric.source}`);
  return Number(line.split(" ").at(-1));
}

it("leaves out of a chunk what was changed after it was read, and before it came into the stream", async () => {
  // For the WAL sender is going to be stopped for longer than it may be silent.
  const scene = await SourceScene.open({ settings: { wal_sender_timeout: "60s" } });
  const { client, table } = scene;
  // Postgres keeps the second half's bodies beside the table.
  await client.query(
    `ALTER TABLE ${table.quoted} ALTER body SET STORAGE EXTERNAL;
     INSERT INTO ${table.quoted} SELECT i, repeat('x', CASE WHEN i > 1000 THEN 3000 ELSE 30 END)
       FROM generate_series(1, 6000) i; ANALYZE`,
  );
  const [writer, holder] = [await scene.connect(), await scene.connect()];
  // The first chunk waits for writers, and the slot for whoever has changed anything: this one hasn't.
  await writer.query(`BEGIN; LOCK TABLE ${table.quoted} IN ROW EXCLUSIVE MODE`);
  const producer = await scene.startProducer();
  const sender = () => walSender(scene).catch(() => null);
  const { pid } = await until(sender, { what: "the slot is read", timeoutMs: PATIENCE_MS });
  await lockBodies(holder, table.quoted);
  await writer.query("COMMIT");
  const reader = async (condition: string) =>
    (
      await client.query(
        `SELECT FROM pg_stat_activity WHERE application_name = 'freshet-cdc-producer' AND ${condition}`,
      )
    ).rows.length > 0;
  const reachesBodies = () => reader("wait_event_type = 'Lock'");
  await until(reachesBodies, { what: "the snapshot has come to the second half", timeoutMs: PATIENCE_MS });
  process.kill(pid, "SIGSTOP");
  await holder.query("ROLLBACK");
  // Chunks are read by another connection, as many as may wait for the stream, each in a transaction that is rolled back.
  const isFull = () =>
    reader("query = 'ROLLBACK' AND state = 'idle' AND state_change < clock_timestamp() - interval '1 s'");
  await until(isFull, { what: "the snapshot waits for the stream", timeoutMs: PATIENCE_MS });
  // The last change of each row: nothing comes later that would heal what is put over it.
  await client.query(`DELETE FROM ${table.quoted} WHERE id % 10 = 0; UPDATE ${table.quoted} SET note = 1`);
  process.kill(pid, "SIGCONT");

  await scene.expectTopicsEqualTables();
  // Some waited for the stream when they were changed.
  const read = await counted(producer, ROWS_READ);
  const sent = await counted(producer, /^freshet_cdc_events_total\{.*op="r"/);
  expect(read - sent).toBeGreaterThan(1_000);
});

/** Whoever reads what is kept beside the table waits for the end of the client's transaction. */
async function lockBodies(client: Client, table: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT reltoastrelid::regclass::text AS name FROM pg_class WHERE oid = $1::regclass",
    [table],
  );
  await client.query(`BEGIN; REINDEX TABLE ${rows[0]?.name ?? ""}`);
}
