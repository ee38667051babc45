import { PostgresTableReader } from "../postgres/postgres-table-reader.js";
import { describe, expect, it, onTestFinished } from "vitest";
import { TestSource } from "../testing/test-source.js";
import { RefusedError } from "./refusal.js";

async function openReader(): Promise<PostgresTableReader> {
  const source = await TestSource.open(
    `CREATE TABLE books (id int PRIMARY KEY, title text COLLATE "C", price numeric(8, 2)); CREATE TABLE secrets (id int, pw text);
     CREATE SEQUENCE numbers; CREATE FUNCTION touch(int) RETURNS bool LANGUAGE sql VOLATILE AS 'SELECT true';
     CREATE FUNCTION touch(int, int) RETURNS bool LANGUAGE sql VOLATILE AS 'SELECT true';
     CREATE OPERATOR === (FUNCTION = touch, LEFTARG = int, RIGHTARG = int)`,
    [["public", "books"]],
  );
  const route = { schema: "public", name: "books", topic: "books", partitions: 1 };
  const reader = await PostgresTableReader.open(source.address, route, new AbortController().signal);
  onTestFinished(() => reader.close());
  return reader;
}

describe("a condition that somebody wrote", () => {
  it.each([
    ["id > 5 -- those", "(id > 5)"],
    ["title ILIKE 'a%' AND price < round(9.5)", "((title ~~* 'a%'::text) AND (price < round(9.5)))"],
    ["title = ':funcid 1574'", "(title = ':funcid 1574'::text)"],
  ])("is what Postgres takes it for: %s", async (where, printed) => {
    const reader = await openReader();
    expect(await reader.readCondition(where)).toBe(printed);
  });

  it("is nothing else, and has no effect", async () => {
    const reader = await openReader();
    for (const [where, reason] of [
      ["true) UNION ALL SELECT id, pw, 1 FROM secrets WHERE (true", /syntax error/],
      ["true), ADD CHECK (id > 5", /isn't one condition/],
      ["EXISTS (SELECT FROM public.secrets)", /subquery/],
      ["id = $2", /no parameter \$2/],
      ["titel = 'x'", /^column "titel" does not exist$/],
      ["nextval('public.numbers') > 0", /volatile function: nextval$/],
      [
        "pg_drop_replication_slot('x') IS NULL OR random() > 0.5",
        /volatile function: pg_drop_replication_slot, random$/,
      ],
      ["public.touch(id)", /volatile function: touch$/],
      ["id OPERATOR(public.===) 5", /volatile function: touch$/],
      ["id OPERATOR(public.===) ANY (ARRAY[1, 2])", /volatile function: touch$/],
    ] as const) {
      const refused = reader.readCondition(where);
      await expect(refused).rejects.toThrow(RefusedError);
      await expect(refused).rejects.toThrow(reason);
    }
    // The session is as before.
    expect(await reader.readCondition("id = 1")).toBe("(id = 1)");
  });
});
