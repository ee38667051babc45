import { startPostgres, type PostgresServer } from "@freshet/local-stack/postgres";
import { createDatabase, randomName } from "@freshet/local-stack/testing";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Session } from "@freshet/postgres/session";
import { startService, type TestServiceOptions } from "../testing/test-service.js";

async function client(url: string): Promise<Session> {
  const session = await Session.open({ connectionString: url, applicationName: "application" });
  onTestFinished(() => session.close());
  return session;
}

/** What the process would end with. */
async function failure(options: Partial<TestServiceOptions> & { url: string }): Promise<string> {
  const tables = [{ schema: "public", name: "books" }];
  const error: unknown = await startService({ slot: randomName("slot"), tables, ...options }).ended.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof Error ? error.message : "it didn't fail";
}

describe("one sentence with what to do", () => {
  let server: PostgresServer;
  let replica: PostgresServer;
  const login = (user: string, password: string, database = "postgres") =>
    `postgresql://${user}:${password}@${server.host}:${server.port}/${database}`;

  beforeAll(async () => {
    [server, replica] = await Promise.all([
      startPostgres({ settings: { max_replication_slots: "1", max_wal_senders: "1" } }),
      startPostgres({ settings: { wal_level: "replica" } }),
    ]);
    const session = await Session.open({ connectionString: server.url, applicationName: "application" });
    await session.rows(
      `CREATE TABLE public.books (id int PRIMARY KEY);
       CREATE ROLE plain LOGIN PASSWORD 'p'; CREATE ROLE reader LOGIN REPLICATION PASSWORD 'p'; GRANT SELECT ON public.books TO reader`,
    );
    await session.close();
  });

  afterAll(async () => {
    await Promise.all([server.stop(), replica.stop()]);
  });

  it("when the server isn't there, the password is wrong, or the database is missing", async () => {
    expect(await failure({ url: "postgresql://me@127.0.0.1:1/shop" })).toMatch(
      /^Postgres can't be reached at 127\.0\.0\.1:1\/shop .*FRESHET_POSTGRES_URL/,
    );
    expect(await failure({ url: login("postgres", "wrong") })).toMatch(/refused the password of role "postgres"/);
    expect(await failure({ url: login("postgres", server.password, "shop") })).toMatch(
      /database "shop" does not exist; check FRESHET_POSTGRES_URL/,
    );
  });

  it("when the WAL level is too low", async () => {
    const session = await client(replica.url);
    await session.rows("CREATE TABLE public.books (id int PRIMARY KEY)");
    expect(await failure({ url: replica.url })).toMatch(/ALTER SYSTEM SET wal_level = 'logical' and restart it\.$/);
  });

  it("when the role may not replicate, or not read, or not publish, with the SQL that helps", async () => {
    expect(await failure({ url: login("plain", "p") })).toMatch(/GRANT SELECT ON "public"\."books" TO "plain"/);
    const session = await client(server.url);
    await session.rows("GRANT SELECT ON public.books TO plain");
    expect(await failure({ url: login("plain", "p") })).toMatch(/ALTER ROLE "plain" REPLICATION\.$/);
    const slot = randomName("slot");
    expect(await failure({ url: login("reader", "p"), slot })).toMatch(
      `run CREATE PUBLICATION "${slot}_p" FOR TABLE ONLY "public"."books" WITH (publish_via_partition_root = true); and start again.`,
    );
  });

  it("when no slot or no WAL sender is free", async () => {
    const session = await client(server.url);
    const slot = randomName("slot");
    await session.rows("SELECT pg_create_physical_replication_slot('taken')");
    expect(await failure({ url: server.url, slot })).toMatch(/raise max_replication_slots and restart it/);
    await session.rows("SELECT pg_drop_replication_slot('taken')");
    const other = await Session.open({ connectionString: server.url, applicationName: "other" }, { replication: true });
    expect(await failure({ url: server.url, slot })).toMatch(/raise max_wal_senders and restart it/);
    await other.close();
  });
});

describe("one sentence with what to do about a table", () => {
  it.each([
    ["that is missing", "SELECT", /no table public\.books \(names are case-sensitive\)/],
    ["without a primary key", "CREATE TABLE books (id int)", /ALTER TABLE "public"\."books" ADD PRIMARY KEY/],
    ["that is a view", "CREATE VIEW books AS SELECT 1 AS id", /is not a table/],
    ["that is unlogged", "CREATE UNLOGGED TABLE books (id int PRIMARY KEY)", /SET LOGGED/],
    [
      "whose updates would fail",
      "CREATE TABLE books (id int PRIMARY KEY); ALTER TABLE books REPLICA IDENTITY NOTHING",
      /ALTER TABLE public\.books REPLICA IDENTITY DEFAULT/,
    ],
    [
      "whose updates would fail, for its key is deferrable",
      "CREATE TABLE books (id int PRIMARY KEY DEFERRABLE)",
      /isn't deferrable/,
    ],
    [
      "a partition of which has another identity",
      `CREATE TABLE books (id int PRIMARY KEY, n int NOT NULL) PARTITION BY HASH (id); CREATE TABLE part PARTITION OF books FOR VALUES WITH (MODULUS 1, REMAINDER 0);
       CREATE UNIQUE INDEX part_n ON part (n, id); ALTER TABLE part REPLICA IDENTITY NOTHING`,
      /ALTER TABLE public\.part REPLICA IDENTITY DEFAULT/,
    ],
    [
      "that is a partition of a published one",
      "CREATE TABLE whole (id int PRIMARY KEY) PARTITION BY HASH (id); CREATE TABLE books PARTITION OF whole FOR VALUES WITH (MODULUS 1, REMAINDER 0); CREATE PUBLICATION everything FOR ALL TABLES WITH (publish_via_partition_root = true)",
      /doesn't publish public\.books under its own name/,
      "everything",
    ],
  ])("%s", async (_what, sql, message, publication?: string) => {
    const { url } = await createDatabase();
    const session = await client(url);
    await session.rows("SET search_path = public");
    await session.rows(sql);
    expect(await failure({ url, ...(publication === undefined ? {} : { publication }) })).toMatch(message);
    expect(await session.rows("SELECT FROM pg_publication WHERE pubname <> 'everything'")).toEqual([]);
    expect(await session.rows("SELECT FROM pg_replication_slots WHERE database = current_database()")).toEqual([]);
  });
});
