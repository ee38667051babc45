import { isOlder } from "@freshet/schemas/position";
import { startPostgres } from "@freshet/local-stack/postgres";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Session } from "@freshet/postgres/session";
import type { Collected } from "../testing/collecting-outlet.js";
import { TestSource } from "../testing/test-source.js";

const BOOKS = "CREATE TABLE books (id int PRIMARY KEY, title text, note text)";
/** Too long for its row, and not to be compressed: Postgres stores it out of line. */
const LONG = "(SELECT string_agg(md5(i::text || random()), '') FROM generate_series(1, 1000) i)";

async function changes(source: TestSource, count: number): Promise<Collected[]> {
  await vi.waitFor(() => expect(source.outlet.collected.length).toBeGreaterThanOrEqual(count), { timeout: 20_000 });
  expect(source.outlet.collected).toHaveLength(count);
  return source.outlet.collected;
}

/** `op key after`, short enough to compare. */
function summary({ key, event }: Collected): unknown[] {
  if (event === null) return ["tombstone", key];
  return "after" in event ? [event.op, key, event.after] : [event.op, key];
}

async function capturing(sql: string, tables: readonly (readonly [string, string])[]): Promise<TestSource> {
  const source = await TestSource.open(sql, tables);
  await source.createSlot();
  await source.stream();
  return source;
}

describe("the WAL of a real server becomes change events", () => {
  it("of inserts, updates, deletes and new keys, with a position each", async () => {
    const source = await capturing(BOOKS, [["public", "books"]]);
    await source.client.rows("INSERT INTO books VALUES (1, 'one', NULL), (2, 'zwei 😀', '')");
    await source.client.rows(
      "BEGIN; UPDATE books SET title = 'uno' WHERE id = 1; UPDATE books SET id = 3 WHERE id = 2; COMMIT",
    );
    await source.client.rows("DELETE FROM books WHERE id = 1");

    const collected = await changes(source, 8);
    expect(collected.map(summary)).toEqual([
      ["c", '{"id":1}', { id: 1, title: "one", note: null }],
      ["c", '{"id":2}', { id: 2, title: "zwei 😀", note: "" }],
      ["u", '{"id":1}', { id: 1, title: "uno", note: null }],
      ["d", '{"id":2}'],
      ["tombstone", '{"id":2}'],
      ["c", '{"id":3}', { id: 3, title: "zwei 😀", note: "" }],
      ["d", '{"id":1}'],
      ["tombstone", '{"id":1}'],
    ]);
    const events = collected.flatMap(({ event }) => event ?? []);
    expect(events.map(({ source }) => source.position.seq)).toEqual([1, 2, 1, 2, 3, 1]);
    for (const [place, event] of events.entries()) {
      const next = events[place + 1];
      if (next) expect(isOlder(event.source.position, next.source.position)).toBe(true);
      expect(event.source).toMatchObject({ db: source.database, schema: "public", table: "books", snapshot: false });
      expect(Math.abs(event.source.tsMs - Date.now())).toBeLessThan(60_000);
    }
    const [xid] = await source.client.row("SELECT xmin FROM books WHERE id = 3");
    expect(events[4]?.source.txId).toBe(Number(xid));
  });

  it("of TRUNCATE, as one message for each partition, between what came before and after it", async () => {
    const source = await capturing(BOOKS, [["public", "books"]]);
    await source.client.rows(
      "BEGIN; INSERT INTO books VALUES (1, 'a'); TRUNCATE books; INSERT INTO books VALUES (2, 'b'); COMMIT",
    );
    const collected = await changes(source, 4);
    expect(collected.map(({ event }) => [event?.op, event?.source.position.seq])).toEqual([
      ...[
        ["c", 1],
        ["t", 2],
        ["t", 2],
        ["c", 3],
      ],
    ]);
    expect(collected.slice(1, 3).map(({ key, partition }) => [key, partition])).toEqual([
      ['{"$freshet":"truncate"}', 0],
      ['{"$freshet":"truncate"}', 1],
    ]);
  });

  it("of names that need quoting and of composite keys, in the key's order", async () => {
    const source = await capturing(
      `CREATE SCHEMA "Ein ""Schema"; CREATE TABLE "Ein ""Schema"."select" ("B b" text, "a""" int, "é" text, PRIMARY KEY ("a""", "B b"))`,
      [['Ein "Schema', "select"]],
    );
    await source.client.rows(`INSERT INTO "Ein ""Schema"."select" VALUES ('x', 1, ${LONG})`);
    await source.client.rows(`UPDATE "Ein ""Schema"."select" SET "B b" = 'y'`);
    const [created, deleted, tombstone, moved] = await changes(source, 4);
    expect(created?.key).toBe(String.raw`{"a\"":1,"B b":"x"}`);
    expect(deleted).toMatchObject({ key: created?.key, event: { op: "d", before: { 'a"': 1, "B b": "x" } } });
    expect(tombstone).toMatchObject({ key: created?.key, event: null });
    const [long] = await source.client.row(`SELECT "é" FROM "Ein ""Schema"."select"`);
    expect(moved?.event).toMatchObject({ op: "c", before: null, after: { "B b": "y", é: long } });
  });

  it("with the values that an update leaves out of the WAL", async () => {
    const source = await capturing(BOOKS, [["public", "books"]]);
    await source.client.rows(`INSERT INTO books VALUES (1, 'one', ${LONG})`);
    await source.client.rows("UPDATE books SET title = 'two'");
    await source.client.rows("ALTER TABLE books REPLICA IDENTITY FULL");
    await source.client.rows("UPDATE books SET title = 'three'");
    const [note] = await source.client.row("SELECT note FROM books");
    const collected = await changes(source, 3);
    expect(collected.map(summary)).toEqual([
      ["c", '{"id":1}', { id: 1, title: "one", note }],
      ["u", '{"id":1}', { id: 1, title: "two", note }],
      ["u", '{"id":1}', { id: 1, title: "three", note }],
    ]);
    expect(collected[2]?.event).toMatchObject({ before: { id: 1, title: "two", note } });
  });

  it("with such values too where the key's type has operators of its own", async () => {
    // As an extension has them: here a copy of text's, out of our search path.
    const functions = [
      ...[
        ["eq", "bool", "texteq"],
        ["lt", "bool", "text_lt"],
        ["le", "bool", "text_le"],
      ],
      ...[
        ["gt", "bool", "text_gt"],
        ["ge", "bool", "text_ge"],
        ["cmp", "int", "bttextcmp"],
      ],
    ].map(
      ([name, type, internal]) =>
        `CREATE FUNCTION label_${name ?? ""}(label, label) RETURNS ${type ?? ""} AS '${internal ?? ""}' LANGUAGE internal STRICT IMMUTABLE`,
    );
    const operators = Object.entries({ "=": "eq", "<": "lt", "<=": "le", ">": "gt", ">=": "ge" }).map(
      ([operator, name]) => `CREATE OPERATOR ${operator} (LEFTARG = label, RIGHTARG = label, FUNCTION = label_${name})`,
    );
    const source = await capturing(
      `CREATE TYPE label; CREATE FUNCTION label_in(cstring) RETURNS label AS 'textin' LANGUAGE internal STRICT IMMUTABLE;
       CREATE FUNCTION label_out(label) RETURNS cstring AS 'textout' LANGUAGE internal STRICT IMMUTABLE;
       CREATE TYPE label (INPUT = label_in, OUTPUT = label_out, LIKE = text, COLLATABLE = true);
       ${[...functions, ...operators].join(";")};
       CREATE OPERATOR CLASS label_ops DEFAULT FOR TYPE label USING btree AS
         OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 label_cmp(label, label);
       CREATE TABLE labelled (key label COLLATE "C" PRIMARY KEY, n int, note text)`,
      [["public", "labelled"]],
    );
    await source.client.rows(`INSERT INTO labelled VALUES ('a', 1, ${LONG})`);
    await source.client.rows("UPDATE labelled SET n = 2");
    const [note] = await source.client.row("SELECT note FROM labelled");
    const [, updated] = await changes(source, 2);
    expect(updated && summary(updated)).toEqual(["u", '{"key":"a"}', { key: "a", n: 2, note }]);
  });

  it("less an update whose left-out value is gone, since its delete follows", async () => {
    const source = await capturing(BOOKS, [["public", "books"]]);
    await source.client.rows(
      `BEGIN; INSERT INTO books VALUES (1, 'one', ${LONG}); UPDATE books SET title = 'two'; DELETE FROM books; INSERT INTO books VALUES (2); COMMIT`,
    );
    const collected = await changes(source, 4);
    expect(collected.map(({ event }) => [event?.op, event?.source.position.seq])).toEqual([
      ...[
        ["c", 1],
        ["d", 3],
        [undefined, undefined],
        ["c", 4],
      ],
    ]);
  });

  it("less the column that was dropped before its left-out value could be read", async () => {
    const source = await TestSource.open(BOOKS, [["public", "books"]]);
    await source.createSlot();
    await source.client.rows(`INSERT INTO books VALUES (1, 'one', ${LONG})`);
    await source.client.rows("UPDATE books SET title = 'two'");
    await source.client.rows("ALTER TABLE books DROP COLUMN note");
    await source.stream();
    const [, updated] = await changes(source, 2);
    expect(updated && summary(updated)).toEqual(["u", '{"id":1}', { id: 1, title: "two" }]);
  });

  it("less an update whose left-out value can't be read, because the row's key has another name by then", async () => {
    const source = await TestSource.open(BOOKS, [["public", "books"]]);
    await source.createSlot();
    await source.client.rows(`INSERT INTO books VALUES (1, 'one', ${LONG})`);
    await source.client.rows("UPDATE books SET title = 'two'");
    await source.client.rows("ALTER TABLE books RENAME id TO number");
    await source.client.rows("INSERT INTO books VALUES (2, 'three')");
    await source.stream();
    const collected = await changes(source, 2);
    expect(collected.map(({ key, event }) => [event?.op, key])).toEqual([
      ["c", '{"id":1}'],
      ["c", '{"number":2}'],
    ]);
  });

  it("with columns that come, go and change their names and types", async () => {
    const source = await capturing(BOOKS, [["public", "books"]]);
    await source.client.rows("INSERT INTO books VALUES (1, '17')");
    await source.client.rows("ALTER TABLE books ADD COLUMN extra bool DEFAULT true");
    await source.client.rows("UPDATE books SET note = 'x'");
    await source.client.rows("ALTER TABLE books DROP COLUMN note, ALTER COLUMN title TYPE int USING title::int");
    await source.client.rows("ALTER TABLE books RENAME COLUMN title TO pages");
    await source.client.rows("UPDATE books SET pages = pages + 1");
    expect((await changes(source, 3)).map(summary)).toEqual([
      ["c", '{"id":1}', { id: 1, title: "17", note: null }],
      ["u", '{"id":1}', { id: 1, title: "17", note: "x", extra: true }],
      ["u", '{"id":1}', { id: 1, pages: 18, extra: true }],
    ]);
  });

  it("of partitions under their table's name, also when a row moves to another", async () => {
    const source = await capturing(
      `CREATE TABLE sales (id int, year int, note text, PRIMARY KEY (id, year)) PARTITION BY LIST (year);
       CREATE TABLE sales_1 (note text, year int NOT NULL, id int NOT NULL); ALTER TABLE sales ATTACH PARTITION sales_1 FOR VALUES IN (1);
       CREATE TABLE sales_2 PARTITION OF sales FOR VALUES IN (2)`,
      [["public", "sales"]],
    );
    await source.client.rows("INSERT INTO sales VALUES (7, 1, 'a')");
    await source.client.rows("UPDATE sales SET year = 2");
    expect((await changes(source, 4)).map(summary)).toEqual([
      ["c", '{"id":7,"year":1}', { id: 7, year: 1, note: "a" }],
      ["d", '{"id":7,"year":1}'],
      ["tombstone", '{"id":7,"year":1}'],
      ["c", '{"id":7,"year":2}', { id: 7, year: 2, note: "a" }],
    ]);
  });

  it("less those of tables that aren't captured, which the publication may have too", async () => {
    const source = await capturing(`${BOOKS}; CREATE TABLE other (id int PRIMARY KEY)`, [["public", "books"]]);
    await source.client.rows(`ALTER PUBLICATION ${source.publication} ADD TABLE other`);
    await source.client.rows(
      "BEGIN; INSERT INTO other VALUES (1); INSERT INTO books VALUES (1); TRUNCATE other; COMMIT",
    );
    const [only] = await changes(source, 1);
    expect(only).toMatchObject({ key: '{"id":1}', event: { source: { position: { seq: 2 } } } });
  });

  it("waits for a transaction that is in the WAL but not yet visible, and keeps the order meanwhile", async () => {
    const server = await startPostgres();
    onTestFinished(() => server.stop());
    const source = await TestSource.open(BOOKS, [["public", "books"]], server);
    await source.createSlot();
    await source.stream();

    // From now on a commit waits for a standby that doesn't exist, unless its session says otherwise.
    await source.client.rows("SET synchronous_commit = 'local'");
    await source.client.rows("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    await source.client.rows("SELECT pg_reload_conf()");
    const writer = await Session.open(source.address);
    onTestFinished(() => writer.close());
    await vi.waitFor(async () => expect(await writer.row("SHOW synchronous_standby_names")).toEqual(["nobody"]));
    await writer.rows(
      `BEGIN; INSERT INTO public.books VALUES (1, 'one', ${LONG}); UPDATE public.books SET title = 'two'`,
    );
    const commit = writer.rows("COMMIT");
    await changes(source, 1);
    // The row whose value is looked up can't be seen, and looks as if it were deleted already.
    expect(await source.client.rows("SELECT FROM books")).toEqual([]);
    await source.client.rows("INSERT INTO books VALUES (2, 'after')");
    const sent = `SELECT sent_lsn >= pg_current_wal_lsn() FROM pg_stat_replication WHERE state = 'streaming'`;
    await vi.waitFor(async () => expect(await source.client.row(sent)).toEqual(["t"]), { timeout: 10_000 });

    await source.client.rows("ALTER SYSTEM RESET synchronous_standby_names");
    await source.client.rows("SELECT pg_reload_conf()");
    await commit;
    const [note] = await source.client.row("SELECT note FROM books WHERE id = 1");
    expect((await changes(source, 3)).map(summary)).toEqual([
      ["c", '{"id":1}', { id: 1, title: "one", note }],
      ["u", '{"id":1}', { id: 1, title: "two", note }],
      ["c", '{"id":2}', { id: 2, title: "after", note: null }],
    ]);
  });
});
