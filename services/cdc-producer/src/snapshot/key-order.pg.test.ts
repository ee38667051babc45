import { quoteTable } from "@freshet/postgres/session";
import type { SnapshotState } from "@freshet/schemas/service-state";
import { describe, expect, it } from "vitest";
import { TestSource } from "../testing/test-source.js";

describe("a snapshot has every row once, in the order of its key", () => {
  const MIXED = "chr(97 + (i * 7) % 26) || CASE WHEN i % 2 = 0 THEN 'É' ELSE 'e' END || '-' || i";
  it.each([
    ["of one column", "id int PRIMARY KEY", "i * 3 - 1500"],
    ["of several columns, in another order", "b text, a int, PRIMARY KEY (a, b)", "'x' || i, i % 7"],
    ["of text in a language's order", 'id text COLLATE "de-x-icu" PRIMARY KEY', MIXED],
    ["of names that need quoting", '"Der ""Key""" text, PRIMARY KEY ("Der ""Key""")', `'a "quote''d" ' || i`],
    ["of a type with a length", "id char(8) PRIMARY KEY", "'k' || i"],
    ["of numbers with a scale", "id numeric(10, 3) PRIMARY KEY", "i / 8.0"],
    [
      "of enums and dates",
      "m mood, d date, PRIMARY KEY (m, d)",
      "(ARRAY['so so', 'bad', 'good']::mood[])[1 + i % 3], '2024-01-01'::date + i",
    ],
    ["of arrays", "id int[] PRIMARY KEY", "ARRAY[i % 10, i]"],
    ["of domains", "id word, n small, PRIMARY KEY (id, n)", "'w' || i % 50, i"],
    [
      "of uuids and times",
      "u uuid, t timestamptz, PRIMARY KEY (t, u)",
      "md5(i::text)::uuid, '2024-01-01'::timestamptz + i % 11 * interval '0.000001 s'",
    ],
  ])("%s", async (_what, columns, values) => {
    const source = await TestSource.streaming(
      `CREATE TYPE mood AS ENUM ('so so', 'good', 'bad'); CREATE DOMAIN word AS text COLLATE "C" CHECK (VALUE <> '');
       CREATE DOMAIN small AS numeric(8, 2); CREATE SCHEMA "S p"; CREATE TABLE "S p"."T ""b" (${columns}, note text);
       INSERT INTO "S p"."T ""b" SELECT ${values}, 'note' FROM generate_series(1, 1000) i`,
      [["S p", 'T "b']],
    );
    await expectRowsInOrder(source, { schema: "S p", name: 'T "b' });
  });

  it("of citext, alone and beside another type", async () => {
    for (const columns of ["id citext PRIMARY KEY, n int", "id citext, n int, PRIMARY KEY (id, n)"]) {
      const source = await TestSource.streaming(
        `CREATE EXTENSION citext; CREATE TABLE words (${columns});
         INSERT INTO words SELECT CASE WHEN i % 2 = 0 THEN upper(w) ELSE w END, i
         FROM generate_series(1, 1000) i, LATERAL (SELECT chr(97 + (i * 7) % 26) || i || 'z') t (w)`,
        [["public", "words"]],
      );
      await expectRowsInOrder(source, { schema: "public", name: "words" });
    }
  });

  async function expectRowsInOrder(source: TestSource, table: { schema: string; name: string }): Promise<void> {
    const states: SnapshotState[] = [];
    await source.snapshot(table.name, { report: (state) => states.push(state) });
    const [columns = ""] = await source.client.row(
      `SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY place)
       FROM pg_index i, unnest(i.indkey) WITH ORDINALITY key (attnum, place), pg_attribute a
       WHERE a.attrelid = i.indrelid AND a.attnum = key.attnum AND i.indrelid = $1::regclass`,
      [quoteTable(table)],
    );
    const rows = await source.client.rows(
      `SELECT ${columns ?? ""} FROM ${quoteTable(table)} ORDER BY ${columns ?? ""}`,
    );
    const read = source.outlet.collected.filter(({ event }) => event?.op === "r").map(({ key }) => key);
    expect([read.length, new Set(read).size]).toEqual([1000, 1000]);
    const chunks = states.filter(({ lastKey }) => lastKey !== null);
    expect(chunks.length).toBeGreaterThan(3);
    for (const { rows: count, lastKey } of chunks) expect(lastKey).toEqual(rows[count - 1]);
  }
});
