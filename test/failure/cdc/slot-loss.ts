import { expect } from "vitest";
import type { ServiceProcess } from "../../support/service-process.js";
import { until } from "../../support/until.js";
import { acceptDatabase } from "./source-refusal.js";
import { PATIENCE_MS, SourceScene, type SourceSceneOptions } from "./source-scene.js";

/** Of a slot that the server gave up. */
export const LOST = /can't be read any more.*missed.*`freshet source accept`/;
const SEGMENTS_PAST_THE_LIMIT = 4;

/** The least that a server can keep for a slot. */
const settings = { max_slot_wal_keep_size: "16MB", max_wal_size: "32MB", min_wal_size: "32MB" };

/** A server that soon gives up a slot, whose table of 300 rows is captured. */
export async function openStreaming(
  options: SourceSceneOptions = {},
): Promise<{ scene: SourceScene; producer: ServiceProcess }> {
  const scene = await SourceScene.open({ settings, ...options });
  await scene.client.query(`INSERT INTO ${scene.table.quoted} SELECT i, 'text' FROM generate_series(1, 300) i`);
  const producer = await scene.startProducer();
  await producer.ready();
  await scene.expectTopicsEqualTables();
  return { scene, producer };
}

/** Writes more WAL than the server may keep for the slot, whether it is being read or not. */
export async function loseSlot({ client, slot }: SourceScene): Promise<void> {
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

/** Some of each kind; 300 rows are left. */
export async function changeRows({ client, table }: SourceScene): Promise<void> {
  await client.query(
    `DELETE FROM ${table.quoted} WHERE id <= 50; UPDATE ${table.quoted} SET body = 'changed' WHERE id <= 100;
     UPDATE ${table.quoted} SET id = id + 1000 WHERE id BETWEEN 101 AND 150;
     INSERT INTO ${table.quoted} SELECT i, 'new' FROM generate_series(301, 350) i`,
  );
}

/** Accepted, what was deleted meanwhile is gone from the topic. */
export async function expectRepair(scene: SourceScene, producer: ServiceProcess): Promise<void> {
  await acceptDatabase(scene);
  producer.start();
  await producer.ready();
  await scene.expectTopicsEqualTables();
  expect((await scene.view()).rows.size).toBe(300);
}
