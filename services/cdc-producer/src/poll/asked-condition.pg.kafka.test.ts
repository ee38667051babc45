import { expect, it, vi } from "vitest";
import { openPolledSource, PATIENCE, untilCaptured } from "../testing/polled-source.js";
import { sendCommand } from "../testing/send-command.js";
import { followState } from "../testing/source-states.js";

it("reads nothing but the table's rows, whatever a condition asks for, and polls on", async () => {
  const source = await openPolledSource(
    `CREATE TABLE TABLE_NAME (id int PRIMARY KEY, n int, updated_at timestamptz DEFAULT now());
     INSERT INTO TABLE_NAME SELECT i, i, now() - '1 hour'::interval FROM generate_series(1, 3) i`,
  );
  const { client, slot, table, label } = source;
  const state = await followState(slot);
  source.start();
  await untilCaptured(source, "id, n");
  const ask = async (id: string, where: string) => {
    await sendCommand({ kind: "snapshot", id, slot, table: label, where, keys: null, requestedAt: Date.now() });
    return vi.waitUntil(() => {
      const outcome = state()?.requested[id];
      return outcome !== undefined && (outcome.error !== null || outcome.finishedAt !== null) ? outcome : undefined;
    }, PATIENCE);
  };
  expect(await ask("other", "(SELECT rolsuper FROM pg_authid LIMIT 1)")).toMatchObject({
    error: "a condition can't use a subquery",
    rows: 0,
  });
  expect((await ask("out", "true) UNION ALL SELECT 1, false, false, 1, 1, now() WHERE (true")).error).toMatch(/UNION/);
  expect(await ask("some", "id > 1")).toMatchObject({ error: null, rows: 2 });
  await client.rows(`UPDATE ${table} SET n = 9, updated_at = now() WHERE id = 1`);
  await untilCaptured(source, "id, n");
});
