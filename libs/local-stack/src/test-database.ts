import { setTimeout } from "node:timers/promises";
import pg from "pg";

const SLOT_TIMEOUT_MS = 10_000;

/** @throws {Error} from the server, when the login may not create databases. */
export async function createNamedDatabase(adminUrl: string, name: string): Promise<void> {
  await asAdmin(adminUrl, async (client) => {
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  });
}

/** Drops the database with its replication slots and whoever is still connected to it. */
export async function dropNamedDatabase(adminUrl: string, name: string): Promise<void> {
  await asAdmin(adminUrl, async (client) => {
    await dropSlots(client, name);
    await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
  });
}

/** A slot in use can't be dropped, and who was thrown out may be back before the drop: repeat until none is left. */
async function dropSlots(client: pg.Client, database: string): Promise<void> {
  const deadline = performance.now() + SLOT_TIMEOUT_MS;
  for (;;) {
    const { rows } = await client.query<{ slot_name: string; active_pid: number | null }>(
      "SELECT slot_name, active_pid FROM pg_replication_slots WHERE database = $1",
      [database],
    );
    if (rows.length === 0) return;
    for (const { slot_name: slot, active_pid: pid } of rows) {
      try {
        if (pid !== null) await client.query("SELECT pg_terminate_backend($1, 1000)", [pid]);
        await client.query("SELECT pg_drop_replication_slot($1)", [slot]);
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await setTimeout(50);
      }
    }
  }
}

async function asAdmin(adminUrl: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
