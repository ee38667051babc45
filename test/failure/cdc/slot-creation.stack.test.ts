import { expect, it } from "vitest";
import { until } from "../../support/until.js";
import { SourceScene } from "./source-scene.js";

/** A producer waits a minute. */
const GIVES_UP_MS = 80_000;

it("gives up in time to make the slot while a transaction is open, leaves none, and makes it afterwards", async () => {
  const scene = await SourceScene.open();
  const { client, table } = scene;
  const writer = await scene.connect();
  await writer.query("CREATE TABLE public.other (id int)");
  await writer.query(`BEGIN; INSERT INTO public.other VALUES (1); INSERT INTO ${table.quoted} VALUES (1, 'open')`);
  const slots = async () => (await client.query("SELECT slot_name FROM pg_replication_slots")).rowCount;
  const producer = await scene.startProducer();
  await until(async () => (await slots()) === 1, { what: "a slot is being made", timeoutMs: 30_000 });
  await until(async () => (await slots()) === 0, { what: "it is given up", timeoutMs: GIVES_UP_MS });
  await until(() => /transaction that is open/.test(producer.log), { what: "it says why", timeoutMs: 10_000 });
  expect(producer.running).toBe(true);
  // The writer was never held up, and is what its slot waits for again.
  await writer.query(`INSERT INTO ${table.quoted} VALUES (2, 'open'); COMMIT`);
  await client.query(`INSERT INTO ${table.quoted} VALUES (3, 'later')`);
  await producer.ready();
  await scene.expectTopicsEqualTables();
}, 150_000);
