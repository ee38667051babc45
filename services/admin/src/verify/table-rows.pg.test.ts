import { documentRules } from "@freshet/documents/document-rules";
import { createDatabase } from "@freshet/local-stack/testing";
import { Session } from "@freshet/postgres/session";
import { sourceSchema } from "@freshet/process/source-configuration";
import { rowHash } from "@freshet/schemas/row-hash";
import { encodeRowKey } from "@freshet/schemas/row-key";
import { expect, it, onTestFinished, vi } from "vitest";
import { BucketSums } from "./bucket-sums.js";
import { BUCKETS, rowDigest } from "@freshet/vector-stores/row-digest";
import { Pace } from "./pace.js";
import { TableRows } from "./table-rows.js";

const SCHEMA = `
  CREATE TYPE public.pair AS (a int, b int);
  CREATE DOMAIN public.code AS varchar(20);
  CREATE TABLE public."Odd ""one""" (
    "7" bigint, "it's" public.code, sure boolean, id uuid DEFAULT gen_random_uuid(), amount numeric(20, 5),
    fixed char(8), bits bytea, duo public.pair, at timestamptz, rate float8, "list" text[], body text, skipped text,
    PRIMARY KEY ("it's", "7", sure, id, amount)
  );
  INSERT INTO public."Odd ""one""" ("7", "it's", sure, amount, fixed, bits, duo, at, rate, "list", body)
  SELECT i, 'q"\\ ' || chr(i) || chr(8232) || '😀', i % 2 = 0, i * 1.50000, repeat('x', i % 5), decode(repeat('00ff', i % 3), 'hex'),
    CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN ROW(NULL, NULL)::public.pair ELSE ROW(i, 2)::public.pair END,
    '2026-01-01'::timestamptz + i * interval '1.5 hours', i / 3.0::float8, ARRAY['a,b', NULL, ''], NULLIF(repeat('ü', i % 4), '')
  FROM generate_series(1, 400) i`;
const COLUMNS = ["7", "it's", "sure", "id", "amount", "fixed", "bits", "duo", "at", "rate", "list", "body"];
const TABLE = `public."Odd ""one"""`;

interface Reading {
  readonly table: string;
  readonly where?: string;
  readonly key?: readonly string[];
  readonly pace?: Pace;
}

async function openRows(url: string, { pace, ...settings }: Reading) {
  const [source] = sourceSchema.parse({ tables: [{ ...settings, columns: { exclude: ["skipped"] } }] }).tables;
  if (source === undefined) throw new Error("the table is configured");
  const rules = documentRules("odd", { table: source, text: "{{ body }}", payload: ["amount"] });
  const rows = await TableRows.open({
    address: { connectionString: url, applicationName: "freshet-test" },
    source,
    rules,
    pace,
  });
  onTestFinished(() => rows.close());
  return rows;
}

async function openTable(where?: string) {
  const { url } = await createDatabase();
  const session = await Session.open({ connectionString: url, applicationName: "freshet-test" });
  onTestFinished(() => session.close());
  await session.rows(SCHEMA);
  const rows = await openRows(url, { table: TABLE, ...(where === undefined ? {} : { where }) });
  const read = await session.rows(`SELECT ${COLUMNS.map((name) => `"${name}"`).join(", ")} FROM ${TABLE} ORDER BY "7"`);
  const hashes = new Map(
    read.map((row) => {
      const [seven, its, sure, id, amount] = row;
      const key = encodeRowKey({
        "7": Number(seven),
        "it's": its ?? "",
        sure: sure === "t",
        id: id ?? "",
        amount: amount ?? "",
      });
      return [key, rowHash(row)];
    }),
  );
  return { url, session, rows, hashes };
}

it("has Postgres compute the keys, hashes and sums that the producer's rows have", async () => {
  const { rows, hashes } = await openTable();
  const all = new Map<string, string>();
  const everywhere = Array.from({ length: BUCKETS }, (_, bucket) => bucket);
  for await (const some of rows.rowsIn(everywhere)) for (const { key, rowHash: hash } of some) all.set(key, hash);
  expect(all).toEqual(hashes);

  const expected = new BucketSums();
  for (const [key, hash] of hashes) expected.add(rowDigest(key, hash));
  expect((await rows.sums(() => undefined)).differing(expected)).toEqual([]);
  // One in four has no text.
  expect((await rows.wantedSums(() => undefined)).rows).toBe(300);
});

it("reads the rows of the buckets that are asked for, and no others", async () => {
  const { rows, hashes } = await openTable();
  const bucketOf = (key: string) => rowDigest(key, null).bucket;
  const used = [...new Set([...hashes.keys()].map(bucketOf))].sort((a, b) => a - b);
  const one = used.slice(7, 8);
  const some = used.filter((_, place) => place % 3 === 0);
  const unused = Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter((bucket) => !used.includes(bucket));
  for (const buckets of [one, some, unused]) {
    const read = new Map<string, string>();
    for await (const found of rows.rowsIn(buckets)) for (const { key, rowHash: hash } of found) read.set(key, hash);
    expect(read).toEqual(new Map([...hashes].filter(([key]) => buckets.includes(bucketOf(key)))));
  }
  expect(some.length).toBeGreaterThan(100);
});

it("reads rows by their keys, with what the index is to have of them", async () => {
  const { rows, hashes } = await openTable();
  const [first, , third] = [...hashes.keys()];
  const absent = encodeRowKey({
    "7": 7,
    "it's": "nobody's",
    sure: true,
    id: "7b0c0e9e-0000-4000-8000-000000000000",
    amount: "1",
  });
  const found = await rows.read([first ?? "", third ?? "", absent]);
  expect([...found.keys()].sort()).toEqual([first, third].sort());
  expect(found.get(third ?? "")).toEqual({
    key: third,
    rowHash: hashes.get(third ?? ""),
    version: expect.stringMatching(/^\d+$/) as unknown,
    isWanted: true,
    content: { text: "üüü", payload: { amount: "4.50000" } },
  });
  const blank = [...hashes.keys()][3];
  expect((await rows.read([blank ?? ""])).get(blank ?? "")?.isWanted).toBe(false);
});

it("takes a key that the columns can't take for one that no row has", async () => {
  const { rows, hashes } = await openTable();
  const [first = ""] = hashes.keys();
  const others = ['{"7":"seven"}', "not JSON", `{"7":${"9".repeat(30)}}`, String.raw`{"it's":"\u0000"}`];
  expect([...(await rows.read([...others, first])).keys()]).toEqual([first]);
});

it("tells the keys that a row could have, now that its key's columns are others", async () => {
  const { url, session, rows, hashes } = await openTable();
  const [first = "", second = ""] = hashes.keys();
  const [absent, reordered] = [first.replace('"7":1', '"7":-1'), first.replace(/^\{("7":1),(.*)\}$/, "{$2,$1}")];
  expect(await rows.taken([first, absent, reordered, '{"7":1}', "not JSON"])).toEqual(new Set([first, absent]));
  await session.rows("CREATE TABLE public.moved (id uuid PRIMARY KEY, body text)");
  const moved = await openRows(url, { table: "public.moved" });
  const id = "7b0c0e9e-0000-4000-8000-000000000000";
  const keys = [
    `{"id":"${id}"}`,
    '{"id":1}',
    `{"id":"${id.toUpperCase()}"}`,
    `{"id":"${id}","org":1}`,
    '{"id":null}',
    second,
  ];
  expect(await moved.taken(keys)).toEqual(new Set(keys.slice(0, 1)));
});

it("takes no key whose value a column has shortened or can't hold", async () => {
  const { url, session } = await openTable();
  await session.rows("CREATE TABLE public.prices (amount numeric(5, 2), code varchar(3), PRIMARY KEY (amount, code))");
  const prices = await openRows(url, { table: "public.prices" });
  const keyOf = (amount: string, code: string) => encodeRowKey({ amount, code });
  const keys = [keyOf("1.50", "abc"), keyOf("1.500", "abc"), keyOf("1000.00", "abc"), keyOf("1.50", "abcd")];
  expect(await prices.taken(keys)).toEqual(new Set(keys.slice(0, 1)));
});

it("hashes rows of more columns than a function takes arguments", async () => {
  const { url, session } = await openTable();
  const columns = Array.from({ length: 230 }, (_unused, place) => `c${place}`);
  await session.rows(
    `CREATE TABLE public.wide (id int PRIMARY KEY, ${columns.map((name) => `${name} int`).join(", ")})`,
  );
  await session.rows(`INSERT INTO public.wide (id, c0, c229) VALUES (1, 5, 7)`);
  const expected = rowHash(["1", "5", ...columns.slice(2).map(() => null), "7"]);
  const wide = await openRows(url, { table: "public.wide" });
  expect((await wide.read(['{"id":1}'])).get('{"id":1}')?.rowHash).toBe(expected);
});

it("ends the statement that runs when it is closed", async () => {
  const { session, rows } = await openTable();
  await session.rows("BEGIN");
  await session.rows(`LOCK TABLE ${TABLE}`);
  const running = rows.sums(() => undefined);
  // Whichever comes first: the statement's error, or the connection's end.
  const outcome = expect(running).rejects.toThrow(/canceling statement|Connection terminated/);
  const waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
  await vi.waitFor(async () => expect(await session.row(waiting)).toEqual(["1"]));
  await rows.close();
  await outcome;
  await vi.waitFor(async () => expect(await session.row(waiting)).toEqual(["0"]));
});

it("fails with what ended its statement", async () => {
  const { url, session } = await openTable();
  await session.rows("CREATE VIEW public.slow AS SELECT 1 AS id, pg_sleep(60) IS NULL AS body");
  const slow = await openRows(url, { table: "public.slow", key: ["id"] });
  const everywhere = Array.from({ length: BUCKETS }, (_, bucket) => bucket);
  const outcome = expect(slow.rowsIn(everywhere).next()).rejects.toThrow("due to administrator command");
  const end =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'FETCH%' AND state = 'active'";
  await vi.waitFor(async () => expect(await session.rows(end)).toHaveLength(1));
  await outcome;
});

it("tells that the table was altered meanwhile", async () => {
  const { session, rows } = await openTable();
  await rows.requireUnchanged();
  await session.rows(`ALTER TABLE ${TABLE} ADD COLUMN late int`);
  await expect(rows.requireUnchanged()).rejects.toThrow("was altered meanwhile");
});

it("sums up only what the row filter lets through", async () => {
  const { rows } = await openTable(`"7" <= 10`);
  expect((await rows.sums(() => undefined)).rows).toBe(10);
});

it("reads no more rows a second than it may, and no row twice or never", async () => {
  const { url, session, rows } = await openTable();
  await session.rows(`VACUUM ANALYZE ${TABLE}`);
  const pace = new Pace(100, new AbortController().signal);
  const slow = await openRows(url, { table: TABLE, pace });
  const began = performance.now();
  let steps = 0;
  const sums = await slow.sums(() => (steps += 1));
  // The clock of timers may be a millisecond early.
  expect(performance.now() - began).toBeGreaterThanOrEqual(3_990);
  expect(steps).toBeGreaterThan(2);
  expect(sums.differing(await rows.sums(() => undefined))).toEqual([]);
});

it("reads a partitioned table by the same blocks of each partition", async () => {
  const { url, session } = await openTable();
  await session.rows(`CREATE TABLE public.parted (id int PRIMARY KEY, body text) PARTITION BY RANGE (id);
    CREATE TABLE public.parted_1 PARTITION OF public.parted FOR VALUES FROM (0) TO (1000);
    CREATE TABLE public.parted_2 PARTITION OF public.parted FOR VALUES FROM (1000) TO (100000);
    INSERT INTO public.parted SELECT i, repeat('x', 200) FROM generate_series(0, 4999) i;
    ANALYZE public.parted`);
  const pace = new Pace(2_000, new AbortController().signal);
  const parted = await openRows(url, { table: "public.parted", pace });
  let steps = 0;
  expect((await parted.sums(() => (steps += 1))).rows).toBe(5_000);
  expect(steps).toBeGreaterThan(1);
  const keys = new Set<string>();
  for await (const some of parted.all()) for (const { key } of some) keys.add(key);
  expect(keys.size).toBe(5_000);
});

it("says so when the table's rows are moved while it is read, which no xmin tells", async () => {
  const { url, session } = await openTable();
  await session.rows("CREATE TABLE public.moved (id int PRIMARY KEY, body text)");
  await session.rows("INSERT INTO public.moved SELECT i, repeat('x', 200) FROM generate_series(1, 1000) i");
  await session.rows("DELETE FROM public.moved WHERE id % 2 = 0");
  await session.rows("VACUUM ANALYZE public.moved");
  const pace = new Pace(400, new AbortController().signal);
  const moved = await openRows(url, { table: "public.moved", pace });
  await expect(moved.sums(() => undefined)).resolves.toMatchObject({ rows: 500 });
  let rewriting: Promise<unknown> | undefined;
  const sums = moved.sums(() => void (rewriting ??= session.rows("VACUUM FULL public.moved")));
  await expect(sums).rejects.toThrow("public.moved was written anew while it was read");
  await rewriting;
});
