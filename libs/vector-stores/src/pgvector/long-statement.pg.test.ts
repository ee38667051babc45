import { createDatabase } from "@freshet/local-stack/testing";
import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { Database } from "./database.js";

const OPTIONS = { requestTimeoutMs: 10_000, connections: 1 };
const RUNNING = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%'";

async function open() {
  const { url } = await createDatabase();
  const database = new Database({ url, ...OPTIONS });
  const other = new pg.Client(url);
  await other.connect();
  onTestFinished(() => other.end());
  return { database, other, running: async () => (await other.query(RUNNING)).rowCount };
}

it("takes the server's statement along when it is left", async () => {
  const { database, running } = await open();
  const leaving = new AbortController();
  const left = database.apart({ signal: leaving.signal, cancels: true }, async (query) => {
    await query("SELECT pg_sleep(60)");
  });
  await expect.poll(running).toBe(1);
  leaving.abort();
  await expect(left).rejects.toThrow();
  await database.close();
  await expect.poll(running).toBe(0);
});

it("leaves a statement to the server that is worth its end", async () => {
  const { database, other, running } = await open();
  const leaving = new AbortController();
  const left = database.apart({ signal: leaving.signal }, async (query) => {
    await query("SELECT pg_sleep(60)");
  });
  await expect.poll(running).toBe(1);
  leaving.abort();
  await expect(left).rejects.toThrow();
  await database.close();
  expect(await running()).toBe(1);
  await other.query(RUNNING.replace("SELECT FROM", "SELECT pg_terminate_backend(pid) FROM"));
});

it("has no limits of the role's for what may take long", async () => {
  const { database, other } = await open();
  const [version] = (await other.query<{ server_version_num: string }>("SHOW server_version_num")).rows;
  const limits = [
    "statement_timeout",
    ...(Number(version?.server_version_num) < 170_000 ? [] : ["transaction_timeout"]),
  ];
  for (const limit of limits) {
    await other.query(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET ${limit} = 100', current_database()); END $$`);
  }
  let slept = false;
  await database.apart({}, async (query) => {
    await query("SELECT pg_sleep(0.3)");
    slept = true;
  });
  expect(slept).toBe(true);
  await database.close();
});
