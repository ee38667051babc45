import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { NO_FEATURES } from "../collection-spec.js";
import { MODEL } from "../contract/sample.js";
import { startPgvectorServer, type PgvectorServer } from "../testing/pgvector-server.js";
import { openPgvectorStore } from "./store.js";

const SPEC = { name: "books", model: MODEL, distance: "cosine", features: NO_FEATURES, origin: null } as const;

let server: PgvectorServer;
beforeAll(async () => {
  server = await startPgvectorServer();
});
afterAll(() => server.stop());

/** A database without pgvector, and a role of that name that may do little. */
async function createDatabase() {
  const name = `fresh_${randomUUID().slice(0, 8)}`;
  const admin = new pg.Client(server.url);
  await admin.connect();
  onTestFinished(async () => {
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.query(`DROP ROLE ${name}`);
    await admin.end();
  });
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'word'`);
  const url = new URL(server.url);
  url.pathname = name;
  const ofRole = new URL(url);
  Object.assign(ofRole, { username: name, password: "word" });
  return { name, admin, url: url.href, ofRole: ofRole.href };
}

async function check(url: string): Promise<string> {
  const store = openPgvectorStore({ url, connections: 1 });
  return store.check().finally(() => store.close());
}

it("says of a database without pgvector that a collection makes it", async () => {
  const { url } = await createDatabase();
  expect(await check(url)).toMatch(/^Postgres answers at .*; the first collection makes pgvector 0\.\d+/);
  const client = new pg.Client(url);
  await client.connect();
  onTestFinished(() => client.end());
  expect((await client.query("SELECT FROM pg_extension WHERE extname = 'vector'")).rowCount).toBe(0);
});

it("is made once by stores that come at the same time", async () => {
  const { url } = await createDatabase();
  const stores = Array.from({ length: 4 }, () => openPgvectorStore({ url }));
  onTestFinished(async () => {
    for (const store of stores) await store.close();
  });
  await Promise.all(stores.map((store) => store.ensureCollection(SPEC)));
  expect(await check(url)).toMatch(/^pgvector 0\./);
});

it("asks a superuser for pgvector where the role may not make it", async () => {
  const { name, admin, ofRole } = await createDatabase();
  await expect(check(ofRole)).rejects.toThrow(/this role may not make it: let a superuser run CREATE EXTENSION/);
  await admin.query(`ALTER ROLE ${name} SUPERUSER`);
  expect(await check(ofRole)).toMatch(/; the first collection makes pgvector/);
});
