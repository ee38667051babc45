import { randomUUID } from "node:crypto";
import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { givenUrl, startPgvectorServer } from "../testing/pgvector-server.js";
import { openPgvectorStore } from "./store.js";

function check(url: string): Promise<string> {
  const store = openPgvectorStore({ url, connections: 1 });
  onTestFinished(() => store.close());
  return store.check();
}

it.skipIf(givenUrl)("says of a database without pgvector that a collection makes it", async () => {
  const server = await startPgvectorServer();
  onTestFinished(() => server.stop());
  expect(await check(server.url)).toMatch(/^Postgres answers at .*; the first collection makes pgvector 0\.\d+/);
  expect(await server.rows("SELECT FROM pg_extension WHERE extname = 'vector'")).toEqual([]);
});

describe.skipIf(!givenUrl)("at FRESHET_PGVECTOR_URL", () => {
  it("asks a superuser for pgvector where the role may not make it", async () => {
    const name = `fresh_${randomUUID().slice(0, 8)}`;
    const admin = new pg.Client(givenUrl);
    await admin.connect();
    onTestFinished(async () => {
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.query(`DROP ROLE ${name}`);
      await admin.end();
    });
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'word'`);
    const url = new URL(givenUrl ?? "");
    Object.assign(url, { username: name, password: "word", pathname: `/${name}` });
    await expect(check(String(url))).rejects.toThrow(/this role may not make it: let a superuser run CREATE EXTENSION/);
    await admin.query(`ALTER ROLE ${name} SUPERUSER`);
    expect(await check(String(url))).toMatch(/; the first collection makes pgvector/);
  });
});
