import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { until } from "../../support/until.js";
import { ReindexScene } from "./reindex-scene.js";

const seed = Number(process.env["FRESHET_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const KILLS = 8;
const MOST_ATTEMPTS = 10;

it("services that are killed meanwhile leave a reindexing that ends right when it is said again", async () => {
  const scene = await ReindexScene.open({ seed });
  const { record, services, index } = scene;
  const { random } = scene.scene;
  const victims = [services["embedding-transformer"], services["vector-sink"], services["cdc-producer"]];
  const killing = (async () => {
    await until(() => record.state.reindex !== null, { what: "it is begun", timeoutMs: 120_000 });
    for (let kills = 0; kills < KILLS; kills += 1) {
      await wait(200 + random() * 1_500);
      const victim = victims[kills % victims.length];
      if (victim === undefined) continue;
      console.log(`kills ${victim.name} at ${record.state.reindex?.step ?? "no step"}`);
      await victim.end("SIGKILL");
      victim.start();
    }
  })();
  let attempts = 0;
  for (let code: number | null = null; code !== 0; attempts += 1) {
    expect(attempts).toBeLessThan(MOST_ATTEMPTS);
    const { stderr, ...outcome } = await scene
      .freshet("reindex", index, "--yes", "--template", "Note: {{ body }}")
      .outcome();
    if (outcome.code !== 0) console.log(stderr);
    code = outcome.code;
  }
  await killing;
  expect(record.state).toMatchObject({ serving: 2, reindex: null });
  // The sink serves the store that searches ask, so some may have failed; none was answered wrongly.
  await scene.searches.stop();
  scene.expectRightAnswers();
  await scene.expectIndexEqualsTable();
  await scene.reindex("--drop-old");
  await scene.expectIndexEqualsTable();
}, 600_000);
