import type { SourceTable } from "@freshet/process/source-configuration";
import { expect, it } from "vitest";
import type { ReplicaIdentity, SeenTable } from "./seen-table.js";
import { findTableProblems } from "./table-check.js";

const column = (name: string, change = {}) => ({
  ...{ name, typeOid: 23, typeModifier: -1, notNull: true, generated: false },
  ...change,
});
const table: SourceTable = { schema: "public", name: "books" };
const part = (identity: ReplicaIdentity) => [{ name: "public.books", identity }];
const seen: SeenTable = {
  ...{ schema: "public", name: "books", oid: "16384", kind: "r", unlogged: false, readable: true, rowSecurity: false },
  columns: [column("id"), column("title", { notNull: false }), column("length", { generated: true })],
  ...{ primaryKey: ["id"], keyColumns: ["id"], parts: part(["id"]) },
};
const withoutKey = { ...seen, primaryKey: [], keyColumns: [] };

function problems(options: Partial<SourceTable>, state: SeenTable | undefined, filterColumns: string[] = []) {
  const check = { table: { ...table, ...options }, quoted: '"public"."books"', user: "reader", filterColumns };
  return findTableProblems(check, state);
}

it.each<[string, Partial<SourceTable>, SeenTable, string[]]>([
  ["a table with a primary key", {}, seen, []],
  ["one that is known by all of its row", {}, { ...seen, parts: part("full") }, []],
  ["a list that has the identity", { columns: { include: ["id"] } }, seen, []],
  ["a column that is left out", { columns: { exclude: ["title"] } }, { ...seen, parts: part("full") }, []],
  ["a filter on the identity", {}, seen, ["id"]],
  ["a filter on any column of a whole row", {}, { ...seen, parts: part("full") }, ["title"]],
  ["a configured key under FULL", { key: ["id"] }, { ...withoutKey, keyColumns: ["id"], parts: part("full") }, []],
  ["the primary key, configured", { key: ["id"] }, seen, []],
])("takes %s", (_what, options, state, filterColumns) => {
  expect(problems(options, state, filterColumns)).toEqual([]);
});

it.each<[string, Partial<SourceTable>, SeenTable | undefined, string, RegExp, string[]?]>([
  ["that is missing", {}, undefined, "table-missing", /create it/],
  ["that is a view", {}, { ...seen, kind: "v" }, "table-kind", /take it out/],
  ["that is unlogged", {}, { ...seen, unlogged: true }, "table-unlogged", /ALTER TABLE "public"."books" SET LOGGED/],
  [
    "a partition of which is unlogged",
    {},
    { ...seen, kind: "p", parts: [...part(["id"]), { name: "public.part", identity: ["id"], unread: "unlogged" }] },
    "table-unlogged",
    /public\.part of public\.books is unlogged.* ALTER TABLE public\.part SET LOGGED/,
  ],
  [
    "a partition of which is on another server",
    {},
    { ...seen, kind: "p", parts: [...part(["id"]), { name: "public.part", identity: "none", unread: "foreign" }] },
    "table-kind",
    /public\.part of public\.books is a foreign table/,
  ],
  ["without a key", {}, withoutKey, "table-without-key", /ADD PRIMARY KEY .* or .* REPLICA IDENTITY USING INDEX/],
  [
    "without a key, known by all of its row",
    {},
    { ...withoutKey, parts: part("full") },
    "table-without-key",
    /\{table: public\.books, key: \[…\]\}/,
  ],
  [
    "whose key is configured, and isn't there",
    { key: ["no"] },
    { ...withoutKey, keyColumns: ["no"], parts: part("full") },
    "key-unusable",
    /by no \(no such column; it has id, title, length\)/,
  ],
  [
    "whose key may be null",
    { key: ["title"] },
    { ...withoutKey, keyColumns: ["title"], parts: part("full") },
    "key-unusable",
    /may be null/,
  ],
  [
    "whose key is generated",
    {},
    { ...seen, primaryKey: ["length"], keyColumns: ["length"], parts: part("full") },
    "key-unusable",
    /generated/,
  ],
  ["with a key besides its primary key", { key: ["title"] }, seen, "key-unusable", /primary key \(id\)/],
  ["without an identity", {}, { ...seen, parts: part("none") }, "table-identity", /REPLICA IDENTITY DEFAULT/],
  [
    "a partition of which is known by something else",
    {},
    { ...seen, kind: "p", parts: [...part(["id"]), { name: "public.part", identity: ["title"] }] },
    "table-identity",
    /ALTER TABLE public\.part REPLICA IDENTITY/,
  ],
  [
    "a column of which isn't there",
    { columns: { exclude: ["no"] } },
    seen,
    "column-unknown",
    /name some of id, title /,
  ],
  ["the key of which is left out", { columns: { exclude: ["id"] } }, seen, "column-needed", /what names the rows/],
  [
    "the key of which isn't listed",
    { columns: { include: ["title"] } },
    seen,
    "column-needed",
    /what names the rows .* add it to columns\.include/,
  ],
  [
    "the key of which isn't listed, and which is polled",
    { columns: { include: ["title"] } },
    { ...seen, parts: [] },
    "column-needed",
    /what names the rows/,
  ],
  [
    "the identity of which isn't listed",
    { columns: { include: ["id"] } },
    { ...seen, parts: part(["id", "title"]) },
    "column-needed",
    /updates .* would fail/,
  ],
  [
    "that has a list, and is known by all of its row",
    { columns: { include: ["id", "title"] } },
    { ...seen, parts: part("full") },
    "column-needed",
    /use columns\.exclude/,
  ],
  ["filtered by another column", {}, seen, "filter-refused", /looks at title, .* REPLICA IDENTITY FULL/, ["title"]],
  [
    "that can't be read",
    {},
    { ...seen, readable: false },
    "table-unreadable",
    /GRANT SELECT ON "public"."books" TO "reader"/,
  ],
  ["whose rows are hidden", {}, { ...seen, rowSecurity: true }, "row-security", /ALTER ROLE "reader" BYPASSRLS/],
])("refuses one %s", (_what, options, state, code, message, filterColumns = []) => {
  const found = problems(options, state, filterColumns);
  expect(found.map((problem) => problem.code)).toEqual([code]);
  expect(found[0]?.message).toMatch(message);
});

it("tells all that is wrong", () => {
  const codes = problems({}, { ...seen, parts: part("none"), readable: false, rowSecurity: true }).map(
    ({ code }) => code,
  );
  expect(codes).toEqual(["table-identity", "table-unreadable"]);
});
