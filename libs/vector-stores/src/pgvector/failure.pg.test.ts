import { createDatabase } from "@freshet/local-stack/testing";
import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { VECTORS } from "../contract/sample.js";
import { InputRefusedError, StoreUnavailableError } from "../errors.js";
import { openPgvectorStore } from "./store.js";

const PASSWORD = "s3cret-w0rd";
const SPEC = { name: "books", ...VECTORS };

function open(url: URL | string, requestTimeoutMs?: number) {
  const store = openPgvectorStore({
    url: String(url),
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
  });
  onTestFinished(() => store.close());
  return store;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

async function failure(work: Promise<unknown>): Promise<Error> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("nothing was thrown");
  expect(error.message).not.toContain(PASSWORD);
  expect(error).not.toBeInstanceOf(InputRefusedError);
  return error;
}

it("knows nothing of an empty database, and asks a superuser for pgvector where the server hasn't it", async () => {
  const store = open((await createDatabase()).url);
  expect(await store.resolveAlias("books")).toBeNull();
  expect(await store.describe("books")).toBeNull();
  const error = await failure(store.ensureCollection(SPEC));
  expect(error).not.toBeInstanceOf(StoreUnavailableError);
  expect(error.message).toMatch(/has no pgvector: install it on the server, and .* run CREATE EXTENSION vector there/);
  expect((await failure(store.count("books"))).message).toMatch(/no such table .*or somebody dropped it/);
});

it("says whose word is wrong without repeating it, and waits for no one", async () => {
  const url = new URL((await createDatabase()).url);
  url.password = PASSWORD;
  const error = await failure(open(url).describe("books"));
  expect(error).not.toBeInstanceOf(StoreUnavailableError);
  expect(error.message).toMatch(/doesn't let this role in .* correct FRESHET_PGVECTOR_URL/);
});

it("counts a server that isn't there as unavailable", async () => {
  const error = await failure(open(`postgres://me:${PASSWORD}@127.0.0.1:9/books`).describe("books"));
  expect(error).toBeInstanceOf(StoreUnavailableError);
  expect(error.message).toMatch(/^Postgres at 127\.0\.0\.1:9\/books can't be reached \(.*ECONNREFUSED/);
});

it("counts a read-only server as unavailable", async () => {
  const url = new URL((await createDatabase()).url);
  url.searchParams.set("options", "-c default_transaction_read_only=on");
  const error = await failure(open(url).ensureCollection(SPEC));
  expect(error).toBeInstanceOf(StoreUnavailableError);
  expect(error.message).toMatch(/takes no writes .* name the primary/);
});

it("gives a request up in time, and asks for a missing right", async () => {
  const { url } = await createDatabase();
  const admin = await connect(url);
  await admin.query(`CREATE SCHEMA freshet; CREATE TABLE freshet._collections (name text, model jsonb, distance text)`);
  await admin.query("BEGIN; LOCK freshet._collections");
  const late = await failure(open(url, 200).describe("books"));
  expect(late).toBeInstanceOf(StoreUnavailableError);
  expect(late.message).toMatch(/didn't finish a request in time/);
  await admin.query("ROLLBACK");

  const guest = new URL(url);
  const role = `guest_${new URL(url).pathname.slice(1)}`;
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
  onTestFinished(async () => {
    await admin.query(`DROP ROLE ${role}`);
  });
  guest.username = role;
  guest.password = PASSWORD;
  const refused = await failure(open(guest).describe("books"));
  expect(refused).not.toBeInstanceOf(StoreUnavailableError);
  expect(refused.message).toMatch(
    /doesn't allow this \(permission denied .*grant it to the role of FRESHET_PGVECTOR_URL/,
  );
});

it("goes on after the server has ended its connections", async () => {
  const { url } = await createDatabase();
  const admin = await connect(url);
  await admin.query("CREATE SCHEMA freshet; CREATE TABLE freshet._collections (name text, model jsonb, distance text)");
  await admin.query("BEGIN; LOCK freshet._collections");
  // Within a transaction the list of connections stays what it was.
  const watching = await connect(url);
  const store = open(url);
  const cut = failure(store.describe("books"));
  const ended =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
  await expect.poll(async () => (await watching.query(ended)).rowCount, { timeout: 10_000 }).toBe(1);
  expect(await cut).toBeInstanceOf(StoreUnavailableError);
  await admin.query("ROLLBACK");
  expect(await store.describe("books")).toBeNull();
});
