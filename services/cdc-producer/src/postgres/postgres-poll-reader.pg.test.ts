import { createDatabase } from "@freshet/local-stack/testing";
import { Session } from "@freshet/postgres/session";
import type { SourceTable } from "@freshet/process/source-configuration";
import { describe, expect, it, onTestFinished } from "vitest";
import { PostgresPollReader } from "./postgres-poll-reader.js";

async function openSession(sql: string): Promise<Session> {
  const { url } = await createDatabase();
  const session = await Session.open({ connectionString: url, applicationName: "freshet-test" });
  onTestFinished(() => session.close());
  await session.rows(`SET search_path = public; ${sql}`);
  await session.rows("SET search_path = ''; SET default_transaction_read_only = on");
  return session;
}

async function open(sql: string): Promise<PostgresPollReader> {
  return new PostgresPollReader(await openSession(sql), "debezium");
}

function route(table: Partial<SourceTable>) {
  return { ...table, schema: "public", name: "t", topic: "t", partitions: 1 };
}

const poll = { updatedAt: "u" };
const TABLE = "CREATE TABLE t (id int PRIMARY KEY, u timestamptz, gone bool, n int);";

describe("a table that can't be polled is refused with what to do", () => {
  it.each<[string, string, Partial<SourceTable>, RegExp]>([
    ["that is missing", "", { poll }, /There is no table public\.t/],
    ["that nothing says how to poll", TABLE, {}, /give it poll: \{updatedAt: …\}/],
    ["without the column", TABLE, { poll: { updatedAt: "changed" } }, /no column "changed".*it has id, u, gone, n/],
    ["without the column of deletes", TABLE, { poll: { ...poll, deletedAt: "dead" } }, /no column "dead"/],
    [
      "by a column that has no order in time",
      TABLE,
      { poll: { updatedAt: "gone" } },
      /has to be a timestamp, a date or an integer/,
    ],
    ["without a key", "CREATE TABLE t (id int, u timestamptz)", { poll }, /ADD PRIMARY KEY/],
    [
      "without its change table",
      TABLE,
      { poll: { changes: { schema: "public", name: "c" }, sequence: "s" } },
      /no table public\.c/,
    ],
    [
      "whose change table lacks the key",
      `${TABLE} CREATE TABLE c (s bigint, key int)`,
      { poll: { changes: { schema: "public", name: "c" }, sequence: "s" } },
      /public\.c has no column "id"/,
    ],
    ["with a filter that isn't one", TABLE, { poll, where: "n >" }, /doesn't take the filter of public\.t/],
  ])("%s", async (_what, sql, table, message) => {
    const reader = await open(sql);
    await expect(reader.describe(route(table))).rejects.toThrow(message);
  });
});

it("names the index that is missing", async () => {
  const missing = async (sql: string) => (await (await open(`${TABLE} ${sql}`)).describe(route({ poll }))).missingIndex;
  expect(await missing("CREATE INDEX ON t (u); CREATE INDEX ON t (id, u); CREATE INDEX ON t (u, id) WHERE n > 0")).toBe(
    'CREATE INDEX CONCURRENTLY ON "public"."t" ("u", "id")',
  );
  expect(await missing("CREATE INDEX ON t (u, id)")).toBeNull();
});

it("marks the highest value, but nothing of the future, exact to the microsecond", async () => {
  const reader = await open(`${TABLE} INSERT INTO t VALUES (1, '2024-01-01 00:00:00.123456+00'), (2, NULL)`);
  const table = await reader.describe(route({ poll }));
  const mark = await reader.mark(table, 60);
  expect(mark).toMatchObject({ highest: "2024-01-01 00:00:00.123456+00", below: "2023-12-31 23:59:00.123456+00" });
  expect(Math.abs(mark.atMs - Date.now())).toBeLessThan(60_000);
  expect(await reader.greatest(table, ["2024-01-01 00:00:00.1+00", null, "2024-01-01 00:00:00.09+00"])).toBe(
    "2024-01-01 00:00:00.1+00",
  );
  const future = await open(`${TABLE} INSERT INTO t VALUES (1, '2999-01-01'), (2, 'infinity')`);
  const capped = await future.mark(await future.describe(route({ poll })), 60);
  expect(Date.parse(capped.highest ?? "")).toBeLessThan(Date.now() + 60_000);
});

it("finds rows by keys as they are written in any way, in their order, and says which are gone or filtered out", async () => {
  const reader = await open(
    `${TABLE} INSERT INTO t VALUES (1, now(), false, 1), (2, now(), true, 2), (3, now(), NULL, 30)`,
  );
  const table = await reader.describe(route({ poll: { ...poll, deletedAt: "gone" }, where: "n < 10" }));
  const found = await reader.find(table, [["3"], ["002"], ["9"], ["1"]]);
  expect(found.map(({ key, deleted, row }) => [key[0], deleted, row?.[3] ?? null])).toEqual([
    ["3", true, "30"],
    ["2", true, "2"],
    ["9", true, null],
    ["1", false, "1"],
  ]);
});

it("is another table to be read as soon as its messages go elsewhere or have another form", async () => {
  const session = await openSession(TABLE);
  const identity = async (format: "debezium" | "wal2json", topic: string) =>
    (await new PostgresPollReader(session, format).describe({ ...route({ poll }), topic })).identity;
  const identities = [
    await identity("debezium", "t"),
    await identity("debezium", "t"),
    await identity("debezium", "u"),
    await identity("wal2json", "t"),
  ];
  expect(new Set(identities).size).toBe(3);
});
