import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { until } from "../../support/until.js";
import { SENDER_TIMEOUT_MS, PATIENCE_MS, SourceScene } from "./source-scene.js";

/** Base64 of random bytes doesn't compress to what a row could keep in itself. */
const longText = () => randomBytes(15_000).toString("base64");

it("has a long text whole when another column, or the key, is what was changed", async () => {
  const scene = await SourceScene.open();
  const { client, table } = scene;
  for (let id = 1; id <= 20; id++) await client.query(`INSERT INTO ${table.quoted} VALUES ($1, $2)`, [id, longText()]);
  const producer = await scene.startProducer();
  await producer.ready();
  await scene.expectTopicsEqualTables();

  await client.query(`UPDATE ${table.quoted} SET note = note + 1`);
  await client.query(`UPDATE ${table.quoted} SET note = note + 1 WHERE id = 2`);
  await client.query(`UPDATE ${table.quoted} SET id = id + 100 WHERE id = 3`);
  await client.query(`UPDATE ${table.quoted} SET note = note + 1, body = NULL WHERE id = 4`);
  await client.query(
    `UPDATE ${table.quoted} SET note = note + 1 WHERE id = 5; DELETE FROM ${table.quoted} WHERE id = 5`,
  );
  await client.query(
    `UPDATE ${table.quoted} SET note = 7 WHERE id = 6; UPDATE ${table.quoted} SET body = 'short' WHERE id = 6`,
  );
  await client.query(
    `UPDATE ${table.quoted} SET note = 8 WHERE id = 7; UPDATE ${table.quoted} SET id = 107 WHERE id = 7`,
  );
  await client.query(`DELETE FROM ${table.quoted} WHERE id = 8`);
  await scene.expectTopicsEqualTables();
});

it("waits for a commit that a synchronous standby holds back before it reads the text", async () => {
  const scene = await SourceScene.open();
  const { client, table } = scene;
  for (let id = 1; id <= 3; id++) await client.query(`INSERT INTO ${table.quoted} VALUES ($1, $2)`, [id, longText()]);
  const producer = await scene.startProducer();
  await producer.ready();
  await scene.expectTopicsEqualTables();
  const view = await scene.view();
  const before = view.messages;
  const walBefore = await scene.walEnd();

  await setStandby(scene, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  const writer = await scene.connect();
  const committed = writer.query(
    `BEGIN; UPDATE ${table.quoted} SET note = 1 WHERE id = 1; UPDATE ${table.quoted} SET id = 102 WHERE id = 2;
     INSERT INTO ${table.quoted} VALUES (4, 'new'); COMMIT`,
  );
  // The server has sent it, and heard of the producer more than once since.
  await until(
    async () => {
      const { rows } = await client.query<{ held: boolean }>(
        `SELECT sent_lsn - '0/0' > $1 AND reply_time > query_start + $2::interval AS held
         FROM pg_stat_replication, pg_stat_activity WHERE wait_event = 'SyncRep'`,
        [String(walBefore), `${SENDER_TIMEOUT_MS}ms`],
      );
      return rows[0]?.held === true;
    },
    { what: "the commit is sent, and held back", timeoutMs: PATIENCE_MS },
  );
  expect(view.messages).toBe(before);
  await producer.end("SIGKILL");
  producer.start();
  await producer.ready();

  await setStandby(scene, "ALTER SYSTEM RESET synchronous_standby_names");
  await committed;
  await scene.expectTopicsEqualTables();
  expect(view.messages).toBeGreaterThan(before);
});

async function setStandby({ client }: SourceScene, sql: string): Promise<void> {
  await client.query(sql);
  await client.query("SELECT pg_reload_conf()");
  await until(
    async () => {
      const { rows } = await client.query<{ names: string }>("SHOW synchronous_standby_names");
      return (
        (rows[0] as unknown as { synchronous_standby_names: string }).synchronous_standby_names ===
        (sql.includes("RESET") ? "" : "nobody")
      );
    },
    { what: "the setting is in force", timeoutMs: PATIENCE_MS },
  );
}
