import { expect, it } from "vitest";
import { tableTopics } from "./topics.js";

const names = (...tables: Parameters<typeof tableTopics>[0]) => tableTopics(tables, 6).map(({ spec }) => spec.name);

it("takes a table's name, or the one that is configured", () => {
  expect(names({ schema: "public", name: "books" }, { schema: "public", name: "a b", topic: "films" })).toEqual([
    "cdc.public.books",
    "films",
  ]);
});

it.each([
  ["two tables with names that are too alike", [{ name: "a b" }, { name: "a_b" }]],
  [
    "two tables with one topic",
    [
      { name: "a", topic: "t" },
      { name: "b", topic: "t" },
    ],
  ],
  ["a table that takes another one's", [{ name: "a" }, { name: "b", topic: "cdc.public.a" }]],
  ["a table that takes a topic of ours", [{ name: "a", topic: "freshet.state" }]],
])("refuses %s", (_what, tables) => {
  expect(() => names(...tables.map((table) => ({ schema: "public", ...table })))).toThrow(/would share the topic/);
});
