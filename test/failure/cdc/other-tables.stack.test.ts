import { expect, it } from "vitest";
import { until } from "../../support/until.js";
import { PATIENCE_MS, SourceScene } from "./source-scene.js";

it("lets the server forget its WAL while only tables are written that it doesn't capture", async () => {
  const scene = await SourceScene.open();
  const { client, table } = scene;
  await client.query("CREATE TABLE public.other (id serial PRIMARY KEY, body text)");
  await client.query(`INSERT INTO ${table.quoted} VALUES (1, 'captured')`);
  const producer = await scene.startProducer();
  await producer.ready();
  await scene.expectTopicsEqualTables();
  const { messages } = await scene.view();

  for (let round = 0; round < 3; round++) {
    await client.query("INSERT INTO public.other (body) SELECT repeat('text', 100) FROM generate_series(1, 2000)");
    const end = await scene.walEnd();
    await until(async () => (await scene.confirmed()) >= end, { what: `${end} is confirmed`, timeoutMs: PATIENCE_MS });
    await until(
      async () => {
        // What is still needed is found at a checkpoint.
        await client.query("CHECKPOINT");
        const { rows } = await client.query<{ kept: boolean }>(
          "SELECT restart_lsn - '0/0' < $1 AS kept FROM pg_replication_slots",
          [String(end)],
        );
        return rows[0]?.kept === false;
      },
      { what: `the WAL before ${end} needn't be kept`, timeoutMs: PATIENCE_MS, everyMs: 500 },
    );
  }
  expect((await scene.view()).messages).toBe(messages);
  await scene.expectTopicsEqualTables();
});
