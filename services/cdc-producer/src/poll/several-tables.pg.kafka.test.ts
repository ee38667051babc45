import { randomName } from "@freshet/local-stack/testing";
import { expect, it, vi } from "vitest";
import { followRows } from "../testing/captured-rows.js";
import { openClient, openDatabase } from "../testing/open-database.js";
import { PATIENCE, untilCaptured } from "../testing/polled-source.js";
import { startService } from "../testing/test-service.js";

const poll = { updatedAt: "updated_at" };

function openTables(names: readonly string[]) {
  const statements = names.map(
    (name) => `CREATE TABLE ${name} (id int PRIMARY KEY, n int, updated_at timestamptz DEFAULT now());
      INSERT INTO ${name} VALUES (1, 1), (2, 2);`,
  );
  return openDatabase(statements.join(""));
}

it("goes on with the other tables while one is locked, from its start on", async () => {
  const [locked, free] = [randomName("a"), randomName("b")];
  const { url, client } = await openTables([locked, free]);
  const holder = await openClient(url);
  await holder.rows(`BEGIN; LOCK ${locked}`);
  const service = startService({
    ...{ url, slot: randomName("slot"), poll: { intervalSeconds: 0.5, overlapSeconds: 2 } },
    tables: [locked, free].map((name) => ({ schema: "public", name, poll })),
  });
  await untilCaptured({ client, table: free }, "id, n");
  await client.rows(`UPDATE ${free} SET n = 20, updated_at = now() WHERE id = 2`);
  await untilCaptured({ client, table: free }, "id, n");
  await expect(service.requests.request([`public.${locked}`])).rejects.toThrow(`public.${locked} is locked`);
  await holder.rows("COMMIT");
  await untilCaptured({ client, table: locked }, "id, n");
});

it("fills another topic with the whole table", async () => {
  const table = randomName("t");
  const { url, client } = await openTables([table]);
  const source = { url, slot: randomName("slot"), poll: { intervalSeconds: 0.1, overlapSeconds: 0.1 } };
  const first = startService({ ...source, tables: [{ schema: "public", name: table, poll }] });
  await untilCaptured({ client, table }, "id, n");
  await first.stop();
  const topic = randomName("topic");
  startService({ ...source, tables: [{ schema: "public", name: table, poll, topic }] });
  await vi.waitFor(async () => expect(Object.keys((await followRows(topic))())).toHaveLength(2), PATIENCE);
});
