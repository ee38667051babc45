import { expect, it } from "vitest";
import type { ServiceProcess } from "../../support/service-process.js";
import { until } from "../../support/until.js";
import { acceptDatabase, endsWith, logLines } from "./source-refusal.js";
import { PATIENCE_MS, SourceScene } from "./source-scene.js";

const REFUSAL = /can't be read any more.*missed.*`freshet source accept`/;
const SEGMENTS_PAST_THE_LIMIT = 4;

const settings = { max_slot_wal_keep_size: "16MB", max_wal_size: "32MB", min_wal_size: "32MB" };

/** Writes more WAL than the server may keep for the slot. */
async function loseSlot({ client, slot }: SourceScene): Promise<void> {
  await client.query("CREATE TABLE IF NOT EXISTS public.other (id int)");
  for (let segment = 0; segment < SEGMENTS_PAST_THE_LIMIT; segment++) {
    await client.query("INSERT INTO public.other VALUES (1)");
    await client.query("SELECT pg_switch_wal()");
  }
  await until(
    async () => {
      await client.query("CHECKPOINT");
      const { rows } = await client.query<{ wal_status: string }>(
        "SELECT wal_status FROM pg_replication_slots WHERE slot_name = $1",
        [slot],
      );
      return rows[0]?.wal_status === "lost";
    },
    { what: "the slot is lost", timeoutMs: PATIENCE_MS },
  );
}

async function changeRows({ client, table }: SourceScene): Promise<void> {
  await client.query(
    `DELETE FROM ${table.quoted} WHERE id <= 50; UPDATE ${table.quoted} SET body = 'changed' WHERE id <= 100;
     UPDATE ${table.quoted} SET id = id + 1000 WHERE id BETWEEN 101 AND 150;
     INSERT INTO ${table.quoted} SELECT i, 'new' FROM generate_series(301, 350) i`,
  );
}

async function openStreaming(): Promise<{ scene: SourceScene; producer: ServiceProcess }> {
  const scene = await SourceScene.open({ settings });
  await scene.client.query(`INSERT INTO ${scene.table.quoted} SELECT i, 'text' FROM generate_series(1, 300) i`);
  const producer = await scene.startProducer();
  await producer.ready();
  await scene.expectTopicsEqualTables();
  return { scene, producer };
}

async function expectRepair(scene: SourceScene, producer: ServiceProcess): Promise<void> {
  await acceptDatabase(scene);
  producer.start();
  await producer.ready();
  await scene.expectTopicsEqualTables();
  expect((await scene.view()).rows.size).toBe(300);
}

it("says once that the slot is lost, and ends; accepted, what was deleted meanwhile is gone from the topic", async () => {
  const { scene, producer } = await openStreaming();
  await producer.end("SIGTERM");
  await changeRows(scene);
  await loseSlot(scene);

  for (let start = 0; start < 2; start++) {
    const logged = logLines(producer).length;
    producer.start();
    await endsWith(producer, REFUSAL);
    const lines = logLines(producer).slice(logged);
    expect(lines.filter(({ msg }) => REFUSAL.test(msg))).toHaveLength(1);
    expect(lines.length).toBeLessThan(10);
  }
  await expectRepair(scene, producer);
});

it("ends with the same sentence when the slot is lost while it sleeps", async () => {
  const { scene, producer } = await openStreaming();
  const logged = logLines(producer).length;
  producer.signal("SIGSTOP");
  // Or the changes would wait for it in the connection.
  await scene.client.query("SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots");
  await changeRows(scene);
  await loseSlot(scene);
  producer.signal("SIGCONT");

  await endsWith(producer, REFUSAL);
  const lines = logLines(producer).slice(logged);
  expect(lines.filter(({ msg }) => REFUSAL.test(msg))).toHaveLength(1);
  // One for each session that broke before it was known why.
  expect(lines.length).toBeLessThan(10);
  await expectRepair(scene, producer);
});
