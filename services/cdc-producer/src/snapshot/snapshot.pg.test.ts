import type { ChangeEvent } from "@freshet/schemas/change-event";
import { expect, it, vi } from "vitest";
import { quoteIdentifier, Session } from "@freshet/postgres/session";
import { TestSource } from "../testing/test-source.js";

/** Name, type and values: what the default output, a rounding parser or another session's settings would change. */
const COLUMNS: readonly (readonly [name: string, type: string, ...values: string[]])[] = [
  ["yes", "bool", "true", "false"],
  ["big", "int8", "9007199254740993", "-9223372036854775808"],
  ["real", "float4", "0.1", "'NaN'"],
  ["double", "float8", "0.1 + 0.2::float8", "'-Infinity'"],
  ["exact", "numeric", "1.10", "'NaN'"],
  ["money", "money", "1234.5", "-0.01"],
  ["fixed", "char(5)", "'ab'", "''"],
  ["Text", "text", "'ü😀'", "''"],
  ["day", "date", "'2024-02-29'", "'infinity'"],
  ["clock", "time", "'24:00'", "'00:00:00.000001'"],
  ["zoned clock", "timetz", "'12:00+05:30'", "'12:00-01'"],
  ["stamp", "timestamp", "'2024-02-29 01:02:03.000001'", "'-infinity'"],
  ["zoned", "timestamptz", "'2024-02-29 01:02:03.000001+05:30'", "'0044-03-15 12:00+00 BC'"],
  ["span", "interval", "'1 mon -2 days 03:00:00.5'", "'-1 year'"],
  ["bytes", "bytea", "'\\x00ff'", "''"],
  ["address", "inet", "'10.0.0.1'", "'10.0.0.0/8'"],
  ["doc", "jsonb", `'{"b": 1.10, "a": [null]}'`, "'\"x\"'"],
  ["id2", "uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "'00000000-0000-0000-0000-000000000000'"],
  ["list", "text[]", `'{a,"b c",NULL}'`, "'{}'"],
  ["stamps", "timestamptz[]", "'{2024-02-29 01:02:03+05:30}'", "'{NULL}'"],
  ["range", "numrange", "'[1.5,2)'", "'empty'"],
  ["mood", "mood", "'sad'", "'so so'"],
  ["positive", "positive", "7", "9"],
  ["relation", "regclass", "'pg_class'", "'everything'"],
];

it("reads a row as the stream does, so that both have the same values and the same hash, which SQL computes too", async () => {
  const columns = COLUMNS.map(([name, type]) => `${quoteIdentifier(name)} ${type}`).join(", ");
  const source = await TestSource.open(
    `CREATE TYPE mood AS ENUM ('sad', 'so so'); CREATE DOMAIN small AS int; CREATE DOMAIN positive AS small CHECK (VALUE > 0);
     CREATE TABLE everything (id int PRIMARY KEY, ${columns}, computed int GENERATED ALWAYS AS (id * 2) STORED)`,
    [["public", "everything"]],
  );
  await source.createSlot();
  // What the database sets for its sessions must not matter to what is captured.
  for (const setting of [
    ...["datestyle = 'German'", "timezone = 'Asia/Kolkata'", "bytea_output = 'escape'", "extra_float_digits = -5"],
    ...["intervalstyle = 'iso_8601'", "search_path = public"],
  ]) {
    await source.client.rows(`ALTER DATABASE ${quoteIdentifier(source.database)} SET ${setting}`);
  }
  await source.stream();
  const names = COLUMNS.map(([name]) => quoteIdentifier(name)).join(", ");
  for (const [id, values] of [
    [1, COLUMNS.map(([, , value]) => value)],
    [2, COLUMNS.map(([, , , value]) => value)],
    [3, COLUMNS.map(() => "NULL")],
  ] as const) {
    await source.client.rows(`INSERT INTO everything (id, ${names}) VALUES (${id}, ${values.join(", ")})`);
  }
  await vi.waitFor(() => expect(source.outlet.collected).toHaveLength(3));
  await source.snapshot("everything");
  const events = source.outlet.collected.flatMap(({ event }) => event ?? []);
  const streamed = events.filter(({ op }) => op === "c");
  const read = events.filter(({ op }) => op === "r");
  expect(read).toHaveLength(3);
  expect(read.map(after)).toEqual(streamed.map(after));
  expect(read.map(({ source }) => source.rowHash)).toEqual(streamed.map(({ source }) => source.rowHash));

  const session = await Session.open(source.address);
  const text = ["id", ...COLUMNS.map(([name]) => name)]
    .map(quoteIdentifier)
    .map(
      (name) => `CASE WHEN ${name} IS NULL THEN '~' ELSE octet_length(concat(${name})) || ':' || concat(${name}) END`,
    );
  const hashes = await session.rows(
    `SELECT encode(sha256(convert_to(${text.join(" || ")}, 'UTF8')), 'hex') FROM public.everything ORDER BY id`,
  );
  await session.close();
  expect(read.map(({ source }) => source.rowHash)).toEqual(hashes.flat());
  expect(after(read[0])).toMatchObject({
    ...{ yes: true, big: 9007199254740993n, real: 0.1, double: 0.30000000000000004, exact: "1.10", positive: 7 },
    ...{ zoned: "2024-02-28T19:32:03.000001Z", bytes: "AP8=", fixed: "ab   ", "zoned clock": "12:00:00+05:30" },
    ...{
      doc: '{"a": [null], "b": 1.10}',
      list: ["a", "b c", null],
      range: "[1.5,2)",
      mood: "sad",
      address: "10.0.0.1",
    },
    ...{ stamps: ["2024-02-28T19:32:03.000000Z"], span: "P0Y1M-2DT3H0M0.5S" },
  });
  expect(after(read[1])).toMatchObject({ relation: "public.everything", big: -9223372036854775808n });
});

function after(event: ChangeEvent | undefined): unknown {
  return event && "after" in event ? event.after : undefined;
}

it("leaves out the rows of tables that inherit from the captured one, whose changes don't come either", async () => {
  const source = await TestSource.open(
    "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child () INHERITS (parent); INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2)",
    [["public", "parent"]],
  );
  await source.createSlot();
  await source.stream();
  await source.snapshot("parent");
  expect(source.outlet.collected.filter(({ event }) => event?.op === "r").map(({ key }) => key)).toEqual(['{"id":1}']);
});

it("waits for open transactions, gives up in time and leaves no slot behind", async () => {
  const source = await TestSource.open("CREATE TABLE books (id int PRIMARY KEY)", [["public", "books"]]);
  await source.client.rows("BEGIN; INSERT INTO books VALUES (1)");
  const replication = await source.replication(200);
  await expect(replication.createSlot(source.slot)).rejects.toThrow(
    /open on the server of .* holds up the replication slot's creation/,
  );
  await source.client.rows("COMMIT");
  // The server says no first and then takes away what it had begun.
  await vi.waitFor(async () =>
    expect(await source.client.rows("SELECT FROM pg_replication_slots WHERE slot_name = $1", [source.slot])).toEqual(
      [],
    ),
  );
  // With time enough for what other tests do on the same server.
  await source.createSlot();
});
