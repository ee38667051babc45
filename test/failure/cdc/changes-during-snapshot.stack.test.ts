import { expect, it } from "vitest";
import { until } from "../../support/until.js";
import { PATIENCE_MS, SourceScene } from "./source-scene.js";
import { Writers } from "./writers.js";

const ROWS = 40_000;
const HOT_KEYS = 200;

it("ends with topic and table equal when hot rows change during the snapshot, and it is killed again and again", async () => {
  const scene = await SourceScene.open();
  const { client, random, table } = scene;
  await client.query(`INSERT INTO ${table.quoted} SELECT i, 'text ' || i FROM generate_series(1, ${ROWS}) i; ANALYZE`);
  const writers = Writers.start(scene, { keys: HOT_KEYS });
  const producer = await scene.startProducer();
  await producer.ready();
  const view = await scene.view();
  for (let kill = 0; kill < 4; kill++) {
    const goal = view.messages + Math.floor(random() * 8_000);
    await until(() => view.messages >= goal, { what: `message ${goal} is there`, timeoutMs: PATIENCE_MS, everyMs: 1 });
    expect(await producer.end("SIGKILL")).toBeNull();
    await writers.more(Math.floor(random() * 50));
    producer.start();
    await producer.ready();
  }
  await writers.more(200);
  await writers.stop();
  await scene.expectTopicsEqualTables();
});
