import { startPostgres } from "@freshet/local-stack/postgres";
import { createDatabase } from "@freshet/local-stack/testing";
import { Session } from "@freshet/postgres/session";
import { describe, expect, it, onTestFinished } from "vitest";
import { isRefusal } from "../snapshot/refusal.js";
import { checkCondition, type ConditionedTable } from "./polled-condition.js";

const BOOKS: ConditionedTable = { schema: "public", name: "books", partitioned: false };

async function open(url: string): Promise<Session> {
  const session = await Session.open({ connectionString: url, applicationName: "freshet-test" });
  onTestFinished(() => session.close());
  return session;
}

async function openReader(): Promise<Session> {
  const { url } = await createDatabase();
  const session = await open(url);
  await session.rows("SET search_path = public");
  await session.rows(
    `CREATE TABLE books (id int PRIMARY KEY, title text, price numeric(8, 2), changed timestamptz, "a {QUERY :funcid 1574" int);
     CREATE TABLE secrets (id int, pw text); CREATE SEQUENCE numbers;
     CREATE FUNCTION touch(int) RETURNS bool LANGUAGE sql VOLATILE AS 'SELECT true';
     CREATE FUNCTION touch(int, int) RETURNS bool LANGUAGE sql VOLATILE AS 'SELECT true';
     CREATE FUNCTION peek() RETURNS bool LANGUAGE sql STABLE AS 'SELECT count(*) > 0 FROM public.secrets';
     CREATE FUNCTION fine(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 5';
     CREATE OPERATOR === (FUNCTION = touch, LEFTARG = int, RIGHTARG = int);
     CREATE DOMAIN year AS int CHECK (VALUE > 0);
     CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY HASH (id);
     CREATE TABLE part PARTITION OF parts FOR VALUES WITH (MODULUS 1, REMAINDER 0)`,
  );
  await session.rows("SET search_path = ''; SET default_transaction_read_only = on");
  return session;
}

describe("a condition that somebody wrote", () => {
  it("is taken when it is one on the table's rows", async () => {
    const session = await openReader();
    for (const where of [
      "id > 5 -- those",
      "id BETWEEN 1 AND 5 OR title ILIKE 'a%' AND price < round(9.5)",
      "(id, title) > (5, 'a') AND id IN (1, 2, 3) AND title IS DISTINCT FROM 'x'",
      "changed > now() - interval '1 day' AND date_trunc('day', changed) = current_date",
      "title = ':funcid 1574 {QUERY ' AND \"a {QUERY :funcid 1574\" IS NULL",
      "CASE WHEN id > 1 THEN title = 'a' ELSE false END",
      "public.fine(id) AND id::public.year > 3 AND title || price::text <> '' AND books IS NOT NULL",
    ]) {
      await expect(checkCondition(session, BOOKS, where), where).resolves.toBeUndefined();
    }
    await checkCondition(session, { schema: "public", name: "parts", partitioned: true }, "id > 5");
  });

  it("is refused when it is anything else, and has no effect", async () => {
    const session = await openReader();
    for (const [where, reason] of [
      ["true) UNION ALL SELECT FROM public.secrets WHERE (true", /syntax error/],
      ["true) OR (true", /syntax error/],
      ["true) ORDER BY (id", /syntax error/],
      ["true THEN true END OR CASE WHEN true", /syntax error/],
      ["true); DROP TABLE public.books; --", /syntax error|multiple commands/],
      ["true /*", /unterminated/],
      ["true, false", /must be type boolean/],
      ["id", /must be type boolean/],
      ["titel = 'x'", /^column "titel" does not exist$/],
      ["secrets.pw = 'x'", /missing FROM-clause/],
      ["EXISTS (SELECT FROM public.secrets)", /subquery/],
      ["id = (SELECT 1)", /subquery/],
      ["SELECT true", /syntax error|subquery/],
      ["id IN (VALUES (1))", /subquery/],
      ["id = $1", /no parameters/],
      ["count(*) > 0", /aggregate/],
      ["nextval('public.numbers') > 0", /volatile function: nextval$/],
      [
        "pg_drop_replication_slot('x') IS NULL OR random() > 0.5",
        /volatile function: pg_drop_replication_slot, random$/,
      ],
      ["query_to_xml('SELECT 1', true, true, '') IS NOT NULL", /volatile function: query_to_xml$/],
      ["public.touch(id)", /volatile function: touch$/],
      ["id OPERATOR(public.===) 5", /volatile function: touch$/],
      ["id OPERATOR(public.===) ANY (ARRAY[1, 2])", /volatile function: touch$/],
      ["public.peek()", /may read tables: peek$/],
      ["table_to_xml('public.secrets', true, true, '') IS NOT NULL", /may read tables: table_to_xml$/],
    ] as const) {
      const error: unknown = await checkCondition(session, BOOKS, where).catch((reason: unknown) => reason);
      expect(error, where).toMatchObject({ message: expect.stringMatching(reason) as unknown });
      expect(isRefusal(error), where).toBe(true);
    }
    // The session is as before.
    expect(await session.row("SHOW client_min_messages")).toEqual(["notice"]);
    expect(await session.rows("SELECT FROM pg_prepared_statements")).toEqual([]);
    await checkCondition(session, BOOKS, "id = 1");
  });

  it("is looked at on a standby too", async () => {
    const standby = await startPostgres({ files: { "standby.signal": "" } });
    onTestFinished(() => standby.stop());
    const session = await open(standby.url);
    expect(await session.row("SELECT pg_is_in_recovery()")).toEqual(["t"]);
    const table = { schema: "pg_catalog", name: "pg_class", partitioned: false };
    await checkCondition(session, table, "relname = 'pg_type' AND relpages < 100");
    await expect(checkCondition(session, table, "EXISTS (SELECT FROM pg_authid)")).rejects.toThrow(/subquery/);
    await expect(checkCondition(session, table, "pg_stat_file('x') IS NULL")).rejects.toThrow(/volatile/);
  });
});
