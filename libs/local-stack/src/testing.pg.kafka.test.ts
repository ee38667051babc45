import pg from "pg";
import { expect, test } from "vitest";
import { createDatabase, kafkaBrokers, modelFolder, randomName } from "./testing.js";

const outside = await createDatabase();

async function query(url: string, text: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows;
  } finally {
    await client.end();
  }
}

let first = "";

test("a test's database is ready for logical replication", async () => {
  const { url, database } = await createDatabase();
  first = database;
  const slot = randomName("slot");
  await query(url, "SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [slot]);
  expect(await query(url, "SELECT database FROM pg_replication_slots WHERE slot_name = $1", [slot])).toEqual([
    { database },
  ]);
});

test("and is gone with its slots after the test", async () => {
  expect(await query(outside.url, "SELECT 1 FROM pg_database WHERE datname = $1", [first])).toEqual([]);
  expect(await query(outside.url, "SELECT 1 FROM pg_replication_slots WHERE database = $1", [first])).toEqual([]);
});

test("a file whose suffix doesn't name a server can't use it", async () => {
  expect(kafkaBrokers()).toEqual([expect.stringMatching(/:\d+$/)]);
  await expect(modelFolder("q8")).rejects.toThrow(
    "testing.pg.kafka.test.ts uses what only a test named *.model.test.ts (or *.stack.test.ts) may use: rename the file.",
  );
});
