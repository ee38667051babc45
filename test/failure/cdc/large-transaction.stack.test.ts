import { expect, it } from "vitest";
import { until } from "../../support/until.js";
import { PATIENCE_MS, SourceScene } from "./source-scene.js";

const ROWS = 10_000;

it("ends with topic and table equal when it is killed at any moment of a transaction of 10,000 rows", async () => {
  const scene = await SourceScene.open();
  const { client, random, table } = scene;
  const producer = await scene.startProducer();
  await producer.ready();
  const view = await scene.view();
  for (let round = 0; round < 4; round++) {
    const lines = `awk 'BEGIN { for (i = 1; i <= ${ROWS}; i++) printf "%d\\trow %d\\t%d\\n", i + ${round * ROWS}, i, i % 7 }'`;
    const goal = view.messages + Math.floor(random() * ROWS);
    await client.query(`COPY ${table.quoted} FROM PROGRAM '${lines.replaceAll("'", "''")}'`);
    await until(() => view.messages >= goal, { what: `message ${goal} is there`, timeoutMs: PATIENCE_MS, everyMs: 1 });
    expect(await producer.end("SIGKILL")).toBeNull();
    producer.start();
    await producer.ready();
  }
  // Also the message that says the opposite, of as many rows at once.
  await client.query(`DELETE FROM ${table.quoted} WHERE id % 3 = 0`);
  await scene.expectTopicsEqualTables();
  expect((await scene.view()).rows.size).toBe(4 * ROWS - Math.floor((4 * ROWS) / 3));
});
