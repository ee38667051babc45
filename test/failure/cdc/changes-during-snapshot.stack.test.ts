import { setTimeout as wait } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { until } from "../../support/until.js";
import { PATIENCE_MS, SourceScene } from "./source-scene.js";
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
