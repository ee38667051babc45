import { expect, it } from "vitest";
import { sourceSchema } from "./source-configuration.js";

const tables = (...list: unknown[]) => sourceSchema.safeParse({ tables: list });

it("takes a table's name, or its name and what is to be done with it", () => {
  const options = { topic: "t", columns: { exclude: ["secret"] }, where: "id > 5", key: ["id"] };
  expect(tables("public.a", { table: "public.b", ...options }).data?.tables).toEqual([
    { schema: "public", name: "a" },
    { schema: "public", name: "b", ...options },
  ]);
});

it.each([
  ["both lists", { columns: { include: ["a"], exclude: ["b"] } }, /expected either \{include: .* or \{exclude: /],
  ["a list alone", { columns: ["a"] }, /expected either \{include: .* or \{exclude: /],
  ["an empty list", { columns: { include: [] } }, /expected at least one column/],
  ["a polled table without its column", { poll: {} }, /expected \{updatedAt: column\}.* or \{changes: schema\.table/],
  [
    "neither one form nor the other",
    { poll: { changes: "public.c" } },
    /expected \{updatedAt: column\}.* or \{changes:/,
  ],
  ["a key without columns", { key: [] }, /expected at least one column/],
  ["a topic that Kafka wouldn't take", { topic: "a b" }, /expected letters, digits, \., _ and -/],
])("says what is expected instead of %s", (_what, options, message) => {
  const issues = tables({ table: "public.a", ...options }).error?.issues ?? [];
  expect(issues.map((issue) => issue.message).join()).toMatch(message);
});

it.each([[7], [null], [["public.a"]]])("says what is expected instead of %j as a table", (table) => {
  expect(tables(table).error?.issues[0]?.message).toMatch(/expected schema\.table, .* or \{table: schema\.table, …\}/);
});

it.each([
  [{ tables: ["public.a", '"public".a'] }, "tables.1: public.a is here twice"],
  [{ tables: [{ table: "public.a", poll: { updatedAt: "u" } }] }, "tables.0.poll: public.a isn't polled"],
  [{ mode: "poll", tables: ["public.a"] }, "tables.0.poll: source.mode is poll, so say how public.a shows its changes"],
  [{ table: ["public.a"] }, "tables: expected at least one table, such as tables: [public.books]"],
  [{ tables: "public.a" }, "tables: expected at least one table"],
])("says what is wrong with %j", (source, message) => {
  const issues = sourceSchema.safeParse(source).error?.issues ?? [];
  expect(issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`)).toContainEqual(
    expect.stringContaining(message),
  );
});
