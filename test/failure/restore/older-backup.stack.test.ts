import { expect, it } from "vitest";
import { LONG, NOTES, ownPostgres, RestoreScene } from "./restore-scene.js";

const REFUSAL = /older copy of the database was restored.*`freshet source accept`/;
const TABLE = `CREATE TABLE ${NOTES} (id bigint PRIMARY KEY, body text, note integer);
  INSERT INTO ${NOTES} SELECT i, 'saved ' || i, 0 FROM generate_series(1, 100) i`;

/** What the backup doesn't know: rows of every kind, some of more chunks than before. */
const LOST = `INSERT INTO ${NOTES} SELECT i, '${LONG} lost ' || i, 1 FROM generate_series(101, 140) i;
  UPDATE ${NOTES} SET body = '${LONG} lost ' || id WHERE id BETWEEN 1 AND 20;
  UPDATE ${NOTES} SET note = 7 WHERE id BETWEEN 21 AND 30;
  DELETE FROM ${NOTES} WHERE id BETWEEN 31 AND 50;
  UPDATE ${NOTES} SET id = id + 1000 WHERE id BETWEEN 51 AND 60`;

/** What is written after it was restored, some of it to rows and keys that were lost. */
const NEW = `INSERT INTO ${NOTES} SELECT i, 'new ' || i, 2 FROM generate_series(131, 160) i;
  UPDATE ${NOTES} SET body = 'new ' || id WHERE id BETWEEN 11 AND 35;
  DELETE FROM ${NOTES} WHERE id BETWEEN 61 AND 70;
  UPDATE ${NOTES} SET id = id + 1010 WHERE id BETWEEN 41 AND 45`;

it.each([
  ["while it is read", { isRead: true }],
  ["while nobody looks, and has grown past what was read", { isRead: false }],
])(
  "an index finds the way back to an older backup that is restored %s",
  async (_when, { isRead }) => {
    const scene = await RestoreScene.open(await ownPostgres(), TABLE);
    const { postgres, producer } = scene;
    const backup = await postgres.saveData();
    await scene.reconnect();
    await producer.ready();
    for (const statement of LOST.split(";")) await scene.client.query(statement);
    await scene.expectEqual();
    const before = await scene.points();
    const { rows: ends } = await scene.client.query<{ end: string }>(
      "SELECT pg_current_wal_insert_lsn() - '0/0' AS end",
    );

    if (!isRead) expect(await producer.end("SIGTERM")).toBe(0);
    await postgres.restoreData(backup);
    await scene.reconnect();
    for (const statement of NEW.split(";")) await scene.client.query(statement);
    if (!isRead) {
      await scene.client.query("CREATE TABLE others (filler text)");
      await scene.client.query("INSERT INTO others SELECT repeat('x', 500) FROM generate_series(1, 4000)");
      producer.start();
    }
    await scene.producerRefuses(REFUSAL);
    // Nothing is said to be equal meanwhile.
    const meanwhile = await scene.verify("--timeout", "2");
    expect(
      meanwhile.code,
      `${meanwhile.stdout}
${meanwhile.stderr}`,
    ).toBe(2);
    expect(meanwhile.stderr).toContain("the cdc-producer hasn't come so far");

    await scene.goBack();
    const after = await scene.points();
    const epochs = new Set(after.map(({ position }) => position.epoch));
    expect(epochs.size).toBe(1);
    expect([...epochs][0]).toBeGreaterThan(Math.max(...before.map(({ position }) => position.epoch)));
    // The WAL begins anew below what was read, and yet the rows are those of the restored database.
    if (isRead) for (const { position } of after) expect(position.commitLsn).toBeLessThan(BigInt(ends[0]?.end ?? 0));
    await scene.client.query(`UPDATE ${NOTES} SET note = 9 WHERE id = 1; DELETE FROM ${NOTES} WHERE id = 2`);
    await scene.expectEqual();
  },
  300_000,
);
