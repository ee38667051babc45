import { expect, it } from "vitest";
import { changeRows, expectRepair, LOST, loseSlot, openStreaming } from "./slot-loss.js";
import { endsWith, logLines } from "./source-refusal.js";

it("says once that the slot is lost, and ends; accepted, what was deleted meanwhile is gone from the topic", async () => {
  const { scene, producer } = await openStreaming();
  await producer.end("SIGTERM");
  await changeRows(scene);
  await loseSlot(scene);

  for (let start = 0; start < 2; start++) {
    const logged = logLines(producer).length;
    producer.start();
    await endsWith(producer, LOST);
    const lines = logLines(producer).slice(logged);
    expect(lines.filter(({ msg }) => LOST.test(msg))).toHaveLength(1);
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

  await endsWith(producer, LOST);
  const lines = logLines(producer).slice(logged);
  expect(lines.filter(({ msg }) => LOST.test(msg))).toHaveLength(1);
  // One for each session that broke before it was known why.
  expect(lines.length).toBeLessThan(10);
  await expectRepair(scene, producer);
});
