import { expect, it } from "vitest";
import { until } from "../../support/until.js";
import { PATIENCE_MS, SourceScene } from "./source-scene.js";
import { Writers } from "./writers.js";

/** The WAL sender that reads the slot; null while none does. */
async function readerOf({ client, slot }: SourceScene): Promise<number | null> {
  const { rows } = await client.query<{ pid: number | null }>(
    "SELECT active_pid AS pid FROM pg_replication_slots WHERE slot_name = $1",
    [slot],
  );
  return rows[0]?.pid ?? null;
}

async function otherReader(scene: SourceScene, before: number | null): Promise<number> {
  const another = async () => {
    const pid = await readerOf(scene);
    return pid !== before && pid;
  };
  return until(another, { what: "another reads the slot", timeoutMs: PATIENCE_MS });
}

it("has one of two producers read, and the other take over when that is killed, under load", async () => {
  const scene = await SourceScene.open();
  const writers = Writers.start(scene);
  let holder = await scene.startProducer();
  await holder.ready();
  let reader = await otherReader(scene, null);
  for (let round = 0; round < 4; round++) {
    const standby = await scene.startProducer();
    await standby.ready();
    expect(await (await fetch(`${standby.url}/health/ready`)).text()).toMatch(/standby/);
    await writers.more(50 + Math.floor(scene.random() * 100));
    expect(await readerOf(scene)).toBe(reader);
    // Killed, or stopped as when it is updated.
    await holder.end(round % 2 === 0 ? "SIGKILL" : "SIGTERM");
    reader = await otherReader(scene, reader);
    holder = standby;
  }
  await writers.more(100);
  await writers.stop();
  await scene.expectTopicsEqualTables();
});

it("comes back with nothing lost whichever of its sessions Postgres ends", async () => {
  const scene = await SourceScene.open();
  const { client } = scene;
  const producer = await scene.startProducer();
  await producer.ready();
  await scene.expectTopicsEqualTables();
  const writers = Writers.start(scene);
  const sessions = async () => {
    const { rows } = await client.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'freshet-cdc-producer' ORDER BY backend_type, backend_start",
    );
    return rows.map(({ pid }) => pid);
  };
  let ended = 0;
  for (let pid = (await sessions())[0]; pid !== undefined; pid = (await sessions())[ended]) {
    await writers.more(50);
    await client.query("SELECT pg_terminate_backend($1, 5000)", [pid]);
    ended += 1;
    await writers.more(20);
    await scene.passedThrough();
    await producer.ready();
  }
  expect(ended).toBeGreaterThanOrEqual(3);
  await writers.more(100);
  await writers.stop();
  await scene.expectTopicsEqualTables();
  expect(producer.running).toBe(true);
});
