import { expect, it } from "vitest";
import { InputRefusedError } from "../errors.js";
import { condition, olderThan } from "./filter.js";

const FIELDS = { year: "integer", title: "keyword" } as const;
const of = (filter: Parameters<typeof condition>[0]) => condition(filter, FIELDS);
const leaf = (property: string, operator: string, value: unknown) => ({ operator, target: { property }, value });
const not = (filter: unknown) => ({ operator: "Not", filters: [filter], value: null });

it("asks for values as JSON, and negates the comparisons", () => {
  const dune = leaf("column_title_values", "ContainsAny", ['"Dune"']);
  expect(of({ field: "title", equals: "Dune" })).toEqual(dune);
  expect(of({ not: { field: "title", in: ["Dune"] } })).toEqual(not(dune));
  expect(of({ not: { not: { field: "title", equals: "Dune" } } })).toEqual(dune);
  expect(of({ not: { field: "title", isNull: true } })).toEqual(not(leaf("column_title_values", "Equal", "null")));
});

it("has no filter where every point matches, or none", () => {
  expect([of({ and: [] }), of({ or: [] }), of({ not: { and: [] } })]).toEqual([true, false, false]);
  expect([of({ field: "title", in: [] }), of({ not: { field: "title", in: [] } })]).toEqual([false, true]);
  const dune = of({ field: "title", equals: "Dune" });
  expect(of({ and: [{ field: "title", equals: "Dune" }, { and: [] }] })).toEqual(dune);
  expect(of({ or: [{ field: "title", equals: "Dune" }, { and: [] }] })).toBe(true);
});

it("looks for a range among single numbers and in lists, and leaves lists in when it can't say that they aren't", () => {
  const [one, list] = [leaf("column_year_number", "LessThan", 5), leaf("column_year_numbers", "LessThan", 5)];
  expect(of({ field: "year", range: { lt: 5 } })).toEqual({ operator: "Or", filters: [one, list], value: null });
  const outside = of({ not: { field: "year", range: { lt: 5 } } });
  expect(outside).toEqual({ operator: "And", filters: [not(one), not(list)], value: null });
  const from = leaf("column_year_number", "GreaterThanEqual", 1);
  const between = { operator: "And", filters: [from, one], value: null };
  expect(of({ not: { field: "year", range: { gte: 1, lt: 5 } } })).toEqual(not(between));
});

it.each([
  ["a column that isn't declared", { field: "price", equals: 1 }, /price.*filterable/],
  ["a range of texts", { field: "title", range: { gt: 1 } }, /range is of numbers/],
  ["a range without a bound", { field: "year", range: {} }, /no bound/],
  ["a bound that the client can't send", { field: "year", range: { gt: 2 ** 63 } }, /2\^63/],
] as const)("refuses %s with a sentence", (_what, filter, sentence) => {
  expect(() => of(filter)).toThrow(InputRefusedError);
  expect(() => of(filter)).toThrow(sentence);
});

it("compares positions by parts that a double holds", () => {
  const position = { epoch: 2, commitLsn: 2n ** 62n + 5n, seq: 3 };
  const json = JSON.stringify(olderThan({ table: "public.a ", partition: 1, position }));
  expect(json).toContain(JSON.stringify(leaf("freshet_rows", "Equal", '[1,"public.a "]')));
  expect(json).toContain(JSON.stringify(leaf("freshet_high", "LessThan", 2 * 2 ** 16 + 2 ** 14)));
  expect(json).toContain(JSON.stringify(leaf("freshet_low", "Equal", 5)));
});
