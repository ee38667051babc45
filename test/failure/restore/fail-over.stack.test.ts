import type { PostgresServer } from "@freshet/local-stack/postgres";
import type { Client } from "pg";
import { expect, it } from "vitest";
import { until } from "../../support/until.js";
import { connectTo, LONG, NOTES, ownPostgres, RestoreScene } from "./restore-scene.js";

const TABLE = `CREATE TABLE ${NOTES} (id bigint PRIMARY KEY, body text, note integer);
  INSERT INTO ${NOTES} SELECT i, 'there ' || i, 0 FROM generate_series(1, 60) i`;

/** What the standby never got. */
const LOST = `INSERT INTO ${NOTES} SELECT i, '${LONG} lost ' || i, 1 FROM generate_series(61, 80) i;
  UPDATE ${NOTES} SET body = '${LONG} lost ' || id WHERE id BETWEEN 1 AND 10;
  DELETE FROM ${NOTES} WHERE id BETWEEN 11 AND 20`;

/** What is written to it before anybody looks. */
const NEW = `INSERT INTO ${NOTES} SELECT i, 'new ' || i, 2 FROM generate_series(71, 90) i;
  UPDATE ${NOTES} SET note = 3 WHERE id BETWEEN 6 AND 15`;

/** A standby that streams from the primary, and takes its slots along where they are made for that. */
async function startStandby(primary: PostgresServer, { takesSlots }: { readonly takesSlots: boolean }) {
  const admin = await connectTo(primary.url);
  await admin.query("SELECT pg_create_physical_replication_slot('standby', true)");
  const backup = await primary.saveData();
  const { hostname, port, username, password } = new URL(primary.url);
  // Not as the server's arguments, which no ALTER SYSTEM overrules.
  const settings = [
    `primary_conninfo = 'host=${hostname} port=${port} user=${username} password=${password} dbname=postgres'`,
    "primary_slot_name = 'standby'",
    "hot_standby_feedback = on",
    `sync_replication_slots = ${takesSlots ? "on" : "off"}`,
    "wal_receiver_status_interval = '1s'",
  ];
  return ownPostgres({ copyOf: backup, files: { "standby.signal": "", "postgresql.auto.conf": settings.join("\n") } });
}

async function holds(client: Client, sql: string, values: readonly string[] = []): Promise<boolean> {
  const { rows } = await client.query<{ holds: boolean | null }>(`SELECT (${sql}) AS holds`, [...values]);
  return rows[0]?.holds === true;
}

it.each([
  ["that has the slot", { takesSlots: true }],
  ["without the slot", { takesSlots: false }],
])(
  "an index finds the way back after a fail-over to a standby %s and lacks the last transactions",
  async (_how, { takesSlots }) => {
    const primary = await ownPostgres();
    const standby = await startStandby(primary, { takesSlots });
    const scene = await RestoreScene.open(primary, TABLE);
    const { name } = scene.pipeline;
    const second = await connectTo(standby.url);
    const timing = { timeoutMs: 90_000, everyMs: 200 };
    if (takesSlots) {
      const isTaken = "SELECT NOT temporary AND synced FROM pg_replication_slots WHERE slot_name = $1";
      await until(() => holds(second, isTaken, [name]), { what: "the standby has the slot", ...timing });
    }
    const { rows } = await scene.client.query<{ end: string }>("SELECT pg_current_wal_lsn()::text AS end");
    await until(() => holds(second, "SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn", [rows[0]?.end ?? ""]), {
      ...{ what: "the standby has come so far", ...timing },
    });
    await second.query("ALTER SYSTEM SET primary_conninfo = ''");
    await second.query("SELECT pg_reload_conf()");
    await until(() => holds(second, "SELECT count(*) = 0 FROM pg_stat_wal_receiver"), {
      ...{ what: "the standby is cut off", ...timing },
    });
    for (const statement of LOST.split(";")) await scene.client.query(statement);
    await scene.expectEqual();

    await primary.crash();
    expect(await holds(second, "SELECT pg_promote()")).toBe(true);
    await scene.reconnect(standby.url);
    expect(
      await holds(scene.client, "SELECT count(*) > 0 FROM pg_replication_slots WHERE slot_name = $1", [name]),
    ).toBe(takesSlots);
    scene.address.lead(standby.url);
    for (const statement of NEW.split(";")) await scene.client.query(statement);
    await scene.producerRefuses(/is on timeline 2, before on 1.*`freshet source accept`/);
    await scene.goBack();
    await scene.client.query(`UPDATE ${NOTES} SET body = 'later' WHERE id = 1; DELETE FROM ${NOTES} WHERE id = 2`);
    await scene.expectEqual();
  },
  300_000,
);
