import { readFile } from "node:fs/promises";
import { createDatabase, randomName } from "@freshet/local-stack/testing";
import { Session } from "@freshet/postgres/session";
import { readTypes } from "@freshet/postgres/type-catalogue";
import { expect, it, onTestFinished } from "vitest";
import { decodePgoutput, type OldTuple, type Relation, type Tuple } from "../replication/pgoutput.js";
import { captureTable, type CapturedTable } from "./captured-table.js";
import type { ChangeOrigin, Row } from "./event-format.js";
import { eventFormat } from "./event-formats.js";

/** Name, type, and what two rows have in it. */
const COLUMNS: readonly (readonly [name: string, type: string, one: string, other: string])[] = [
  ["yes", "bool", "true", "false"],
  ["small", "int2", "-7", "0"],
  ["big", "int8", "9007199254740993", "-9223372036854775808"],
  ["oid", "oid", "26", "4294967295"],
  ["real", "float4", "0.1", "'NaN'"],
  ["double", "float8", "1e300", "'-Infinity'"],
  ["exact", "numeric", "1.10", "'NaN'"],
  ["price", "numeric(10,2)", "12.5", "'-0.01'"],
  ["rounded", "numeric(5,-2)", "12345", "'NaN'"],
  ["money", "money", "1234.5", "-0.01"],
  ["fixed", "char(5)", "'ab'", "''"],
  ["endless", "bpchar", "'ab '", "''"],
  ["letter", '"char"', "'x'", "''"],
  ["short", "varchar(10)", "'ü😀'", "''"],
  ["long", "varchar", String.raw`E'"\\ / \t\n\x01\x7f'`, "'null'"],
  ['te"xt Ü', "text", "'NaN'", "'true'"],
  ["label", "name", "'a b'", "''"],
  ["bytes", "bytea", String.raw`'\x00ffAB'`, "''"],
  ["bits", "bit(3)", "B'101'", "B'000'"],
  ["more bits", "bit varying(9)", "B'1'", "B''"],
  ["all bits", "bit varying", "B'11'", "B''"],
  ["day", "date", "'2024-02-29'", "'infinity'"],
  ["clock", "time", "'24:00'", "'00:00:00.000001'"],
  ["coarse clock", "time(3)", "'01:02:03.4567'", "'00:00'"],
  ["zoned clock", "timetz(1)", "'12:00:01.25+05:30'", "'12:00-01'"],
  ["stamp", "timestamp", "'2024-02-29 01:02:03.000001'", "'-infinity'"],
  ["zoned", "timestamptz", "'2024-02-29 01:02:03.000001+05:30'", "'0044-03-15 12:00+00 BC'"],
  ["coarse stamp", "timestamptz(0)", "'2024-02-29 01:02:03.9+00'", "'-infinity'"],
  ["span", "interval", "'1 mon -2 days 03:00:00.5'", "'-1 year'"],
  ["coarse span", "interval(2)", "'1.239 seconds'", "'0'"],
  ["years", "interval year to month", "'3 years 2 mons'", "'0'"],
  ["seconds", "interval second(1)", "'3.25 seconds'", "'0'"],
  ["id2", "uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "'00000000-0000-0000-0000-000000000000'"],
  ["doc", "json", `'{"a":  1}'`, "'[]'"],
  ["docb", "jsonb", `'{"b": 1.10, "a": [null]}'`, "'\"x\"'"],
  ["address", "inet", "'10.0.0.1'", "'10.0.0.0/8'"],
  ["place", "point", "'(1,2.5)'", "'(0,0)'"],
  ["range", "int4range", "'[1,5)'", "'empty'"],
  ["ranges", "int4multirange", "'{[1,5),[7,8)}'", "'{}'"],
  ["list", "int[]", "'{1,NULL,3}'", "'{}'"],
  ["texts", "varchar(4)[]", `'{a,"b c"}'`, "'{}'"],
  ["mood", "mood", "'sad'", "'so so'"],
  ["moods", '"Other Mood"[]', "'{on}'", "'{}'"],
  ["quoted", '"Other Mood"', "'on'", "'off'"],
  ["far", 'far."Type"', "'on'", "'off'"],
  ["positive", "positive", "7", "9"],
  ["brief", "brief", "'abc'", "''"],
  ["pair", "pair", `'(1,"a b")'`, "'(,)'"],
];

/** What wal2json 2.5 made of them, in a session with the same settings, is recorded beside this file. */
const STATEMENTS: readonly string[] = [
  "CREATE TYPE mood AS ENUM ('sad', 'so so')",
  `CREATE TYPE "Other Mood" AS ENUM ('on', 'off')`,
  "CREATE SCHEMA far",
  `CREATE TYPE far."Type" AS ENUM ('on', 'off')`,
  "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
  "CREATE DOMAIN brief AS varchar(8)",
  "CREATE TYPE pair AS (a int, b text)",
  `CREATE TABLE every (id int PRIMARY KEY, ${COLUMNS.map(([name, type]) => `${quote(name)} ${type}`).join(", ")})`,
  `INSERT INTO every VALUES (1, ${COLUMNS.map(([, , one]) => one).join(", ")})`,
  `INSERT INTO every VALUES (2, ${COLUMNS.map(([, , , other]) => other).join(", ")})`,
  "INSERT INTO every (id) VALUES (3)",
  "UPDATE every SET yes = NOT yes WHERE id = 1",
  "UPDATE every SET id = 4 WHERE id = 2",
  "DELETE FROM every WHERE id = 4",
  `CREATE TABLE far."Composite Key" (note text, b text, a int8, PRIMARY KEY (a, b))`,
  `INSERT INTO far."Composite Key" VALUES ('n', 'x', 1)`,
  `UPDATE far."Composite Key" SET note = 'm'`,
  `UPDATE far."Composite Key" SET b = 'y'`,
  `DELETE FROM far."Composite Key"`,
  `CREATE TABLE whole (id int PRIMARY KEY, note text, gone text)`,
  "ALTER TABLE whole REPLICA IDENTITY FULL",
  "INSERT INTO whole VALUES (1, 'a')",
  "UPDATE whole SET note = NULL",
  "UPDATE whole SET note = 'b'",
  "DELETE FROM whole",
  `CREATE TABLE indexed (id int PRIMARY KEY, code varchar(3) NOT NULL UNIQUE)`,
  "ALTER TABLE indexed REPLICA IDENTITY USING INDEX indexed_code_key",
  "INSERT INTO indexed VALUES (1, 'a')",
  "UPDATE indexed SET id = 2",
  "UPDATE indexed SET code = 'b'",
];

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

const ORIGIN: ChangeOrigin = {
  ...{ database: "d", txId: 1, lsn: 1n, committedAt: 1, snapshot: false },
  position: { epoch: 1, commitLsn: 1n, seq: 1 },
};

it("writes rows to the letter as wal2json does, and adds its own fields behind", async () => {
  const { url } = await createDatabase();
  const session = await Session.open({ connectionString: url, applicationName: "freshet-test" });
  onTestFinished(() => session.close());
  await session.rows("SET search_path = public");
  const slot = randomName("slot");
  await session.rows("CREATE PUBLICATION everything FOR ALL TABLES");
  await session.rows("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [slot]);
  onTestFinished(async () => {
    await session.rows("SELECT pg_drop_replication_slot($1)", [slot]);
  });
  for (const statement of STATEMENTS) await session.rows(statement);
  const messages = await session.rows(
    "SELECT data FROM pg_logical_slot_get_binary_changes($1, NULL, NULL, 'proto_version', '1', 'publication_names', 'everything')",
    [slot],
  );

  const format = eventFormat("wal2json");
  const tables = new Map<number, CapturedTable>();
  const table = (oid: number) => tables.get(oid) ?? expect.fail(`no relation ${oid}`);
  const values: unknown[] = [];
  for (const [data] of messages) {
    const message = decodePgoutput(Buffer.from((data ?? "").slice(2), "hex"));
    if (message.kind === "relation") tables.set(message.relation.oid, await capture(session, message.relation));
    if (message.kind === "insert") {
      values.push(format.written(table(message.oid), written("c", null, message.tuple), ORIGIN).value);
    }
    if (message.kind === "update") {
      values.push(format.written(table(message.oid), written("u", message.old, message.tuple), ORIGIN).value);
    }
    if (message.kind === "delete") values.push(format.deleted(table(message.oid), message.old, ORIGIN)[0]?.value);
  }
  const recorded = await readFile(new URL("wal2json-recorded.jsonl", import.meta.url), "utf8");
  expect(values.map((value) => String(value).replace(/,"ts_ms":\d+,"source":\{.*\}\}$/, "}"))).toEqual(
    recorded.trim().split("\n"),
  );
});

function written(op: "c" | "u", old: OldTuple | null, tuple: Tuple) {
  return { op, old, row: tuple as Row };
}

async function capture(session: Session, relation: Relation): Promise<CapturedTable> {
  const types = await readTypes(
    session,
    relation.columns.map(({ typeOid }) => typeOid),
  );
  // Whichever they are: the values say nothing of the primary key.
  const keyColumns = relation.columns
    .filter(({ identity }) => identity)
    .slice(0, 1)
    .map(({ name }) => name);
  return captureTable({ ...relation, types, keyColumns, partitioned: false, topic: "t", partitions: 1 });
}
