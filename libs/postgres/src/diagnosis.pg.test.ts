import { startPostgres } from "@freshet/local-stack/postgres";
import { createDatabase, randomName } from "@freshet/local-stack/testing";
import type { SourceTable } from "@freshet/process/source-configuration";
import { expect, it, onTestFinished } from "vitest";
import { diagnose } from "./diagnosis.js";
import { Session } from "./session.js";

const table = (name: string, options: Partial<SourceTable> = {}): SourceTable => ({
  schema: "public",
  name,
  ...options,
});

async function open(url: string, sql: string): Promise<Session> {
  const session = await Session.open({ connectionString: url, applicationName: "test" });
  onTestFinished(() => session.close());
  await session.rows(`SET search_path = public; ${sql}`);
  return session;
}

async function diagnosed(url: string, tables: SourceTable[], names = { slot: randomName("slot"), publication: "p" }) {
  const findings = await diagnose({ connectionString: url, applicationName: "doctor" }, { ...names, tables });
  return (check: string) => {
    const found = findings.filter((finding) => finding.check.startsWith(check));
    expect(found, check).not.toEqual([]);
    return found;
  };
}

it("finds nothing to complain about where nothing is wrong, and changes nothing", async () => {
  const { url } = await createDatabase();
  const session = await open(
    url,
    "CREATE TABLE books (id int PRIMARY KEY, n int); CREATE PUBLICATION p FOR TABLE ONLY books WHERE (id > 5) WITH (publish_via_partition_root = true)",
  );
  const slot = randomName("slot");
  await session.rows("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [slot]);
  const found = await diagnosed(url, [table("books", { where: "id > 5" })], { slot, publication: "p" });
  for (const check of ["connection", "server", "replication", "slot", "table public.books", "publication p"]) {
    expect(found(check)).toMatchObject([{ ok: true }]);
  }
  expect(found("max_slot_wal_keep_size")).toMatchObject([
    { ok: "warning", says: expect.stringMatching(/until the server's disk is full/) as string },
  ]);
  expect(await session.rows("SELECT FROM pg_class WHERE relname = 'freshet_filter'")).toEqual([]);
});

it("finds all that is wrong at once, with the SQL that cures it", async () => {
  const server = await startPostgres({
    settings: {
      ...{ wal_level: "replica", max_replication_slots: "0", wal_sender_timeout: "0" },
      ...{ max_slot_wal_keep_size: "1GB", idle_replication_slot_timeout: "1d" },
    },
  });
  onTestFinished(() => server.stop());
  await open(
    server.url,
    `CREATE TABLE books (id int); CREATE TABLE films (id int PRIMARY KEY, n int); ALTER TABLE films REPLICA IDENTITY NOTHING;
     CREATE TABLE hidden (id int PRIMARY KEY); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
     CREATE TABLE fine (id int PRIMARY KEY);
     CREATE ROLE plain LOGIN PASSWORD 'p'; GRANT SELECT ON books, hidden, fine TO plain`,
  );
  const url = new URL(server.url);
  [url.username, url.password] = ["plain", "p"];
  const found = await diagnosed(url.href, [
    ...[table("books"), table("films"), table("hidden"), table("missing"), table("fine")],
    table("fine", { where: "nonsense" }),
  ]);
  expect(found("connection")).toMatchObject([{ ok: true }]);
  expect(found("server")).toMatchObject([{ ok: false, sql: "ALTER SYSTEM SET wal_level = 'logical'" }]);
  expect(found("replication")).toMatchObject([{ ok: false, sql: 'ALTER ROLE "plain" REPLICATION' }]);
  expect(found("slot")).toMatchObject([
    { ok: false, says: expect.stringMatching(/raise max_replication_slots/) as string },
  ]);
  expect(found("table public.books")).toMatchObject([
    { ok: false, sql: expect.stringMatching(/ADD PRIMARY KEY/) as string },
  ]);
  expect(found("table public.films")).toMatchObject([
    { ok: false, sql: "ALTER TABLE public.films REPLICA IDENTITY FULL" },
    { ok: false, sql: 'GRANT SELECT ON "public"."films" TO "plain"' },
  ]);
  expect(found("table public.hidden")).toMatchObject([{ ok: false, sql: 'ALTER ROLE "plain" BYPASSRLS' }]);
  expect(found("table public.missing")).toMatchObject([
    { ok: false, says: expect.stringMatching(/There is no table/) as string },
  ]);
  const shared = { ok: false, says: expect.stringMatching(/share its topic with public\.fine/) as string };
  expect(found("table public.fine")).toMatchObject([
    shared,
    { ok: false, says: expect.stringMatching(/"nonsense" does not exist/) as string },
    shared,
  ]);
  // Not before the tables are as they should be.
  expect(() => found("publication")).toThrow();
  expect(found("max_slot_wal_keep_size")).toMatchObject([{ ok: true, says: expect.stringMatching(/1GB/) as string }]);
  expect(found("wal_sender_timeout")).toMatchObject([{ ok: "warning" }]);
  expect(found("idle_replication_slot_timeout")).toMatchObject([
    { ok: "warning", says: expect.stringMatching(/1d/) as string },
  ]);
});

it("says what is to be run for a publication, and what else it publishes", async () => {
  const { url } = await createDatabase();
  const session = await open(url, "CREATE TABLE books (id int PRIMARY KEY); CREATE TABLE films (id int PRIMARY KEY)");
  expect((await diagnosed(url, [table("books")]))("publication p")).toMatchObject([
    {
      ok: "warning",
      says: expect.stringMatching(/doesn't exist/) as string,
      sql: expect.stringMatching(/^CREATE PUBLICATION "p" FOR TABLE ONLY "public"."books" WITH/) as string,
    },
  ]);
  await session.rows("CREATE PUBLICATION p FOR TABLE books, films WITH (publish_via_partition_root = true)");
  expect((await diagnosed(url, [table("books")]))("publication p")).toMatchObject([
    { ok: true },
    {
      ok: "warning",
      says: expect.stringMatching(/films/) as string,
      sql: 'ALTER PUBLICATION "p" DROP TABLE ONLY "public"."films"',
    },
  ]);
});

it("says what a slot is that can't be used", async () => {
  const { url } = await createDatabase();
  const session = await open(url, "CREATE TABLE books (id int PRIMARY KEY)");
  const physical = randomName("slot");
  await session.rows("SELECT pg_create_physical_replication_slot($1)", [physical]);
  onTestFinished(async () => {
    await session.rows("SELECT pg_drop_replication_slot($1)", [physical]);
  });
  const found = await diagnosed(url, [table("books")], { slot: physical, publication: "p" });
  expect(found("slot")).toMatchObject([
    { ok: false, says: expect.stringMatching(/belongs to something else/) as string },
  ]);
});

it("stops at a server that isn't there, with one finding", async () => {
  const findings = await diagnose(
    { connectionString: "postgresql://me@127.0.0.1:1/shop", applicationName: "doctor" },
    { slot: "s", publication: "p", tables: [table("books")] },
  );
  expect(findings).toMatchObject([
    { check: "connection", ok: false, says: expect.stringMatching(/can't be reached/) as string },
  ]);
});
