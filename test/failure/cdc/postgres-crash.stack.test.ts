import { expect, it } from "vitest";
import { SourceScene } from "./source-scene.js";
import { Writers } from "./writers.js";

it("ends with topic and table equal when Postgres crashes under load, and comes back by itself", async () => {
  const scene = await SourceScene.open();
  const { postgres, random } = scene;
  const producer = await scene.startProducer();
  await producer.ready();
  const writers = Writers.start(scene);
  for (let crash = 0; crash < 3; crash++) {
    await writers.more(100 + Math.floor(random() * 300));
    await postgres.crash();
    await postgres.restart();
  }
  await writers.more(100);
  await writers.stop();
  await scene.reconnect();
  await scene.expectTopicsEqualTables();
  expect(producer.running).toBe(true);
  await producer.ready();
});
