import { expect, it } from "vitest";
import type { PayloadFilter } from "../payload-filter.js";
import { toMilvusFilter } from "./column-filter.js";

const expression = (filter: PayloadFilter) => toMilvusFilter(filter, "shop");

it("finds a value as it is, and in lists", () => {
  expect(expression({ field: "year", equals: 1965 })).toBe(
    '(payload["year"] == 1965 or json_contains(payload["year"], 1965))',
  );
});

it("groups values by type, and integers apart from fractions", () => {
  expect(expression({ field: "x", in: [1, "a", 2.5, 3, true] })).toBe(
    '(payload["x"] == "a" or json_contains(payload["x"], "a")' +
      ' or payload["x"] in [1, 3] or json_contains_any(payload["x"], [1, 3])' +
      ' or payload["x"] == 2.5e+0 or json_contains(payload["x"], 2.5e+0)' +
      ' or payload["x"] == true or json_contains(payload["x"], true))',
  );
  expect(expression({ field: "x", in: [] })).toBe('id == ""');
});

it("asks the partition key about the tenant, and the column about what is no text", () => {
  expect(expression({ field: "shop", equals: "a" })).toBe('tenant == "a"');
  expect(expression({ field: "shop", in: ["a", "b"] })).toBe('tenant in ["a", "b"]');
  expect(expression({ field: "shop", equals: "" })).toMatch(/^\(payload\["shop"\] == ""/);
  expect(expression({ field: "shop", in: ["a", 1] })).toMatch(/^\(payload\["shop"\] == "a"/);
});

it("lets no value or name out of its quotes", () => {
  const hostile = '"] == 1 or id != "\\\n';
  const written = '"\\"] == 1 or id != \\"\\\\\\n"';
  expect(expression({ field: hostile, equals: hostile })).toBe(
    `(payload[${written}] == ${written} or json_contains(payload[${written}], ${written}))`,
  );
});

it("compares numbers with numbers only", () => {
  expect(expression({ field: "year", range: { gte: 1815, lt: 1e21 } })).toBe(
    '((payload["year"] < 0 or payload["year"] >= 0) and payload["year"] >= 1815 and payload["year"] < 1e+21)',
  );
});

it("says what isn't so by what is, because a comparison with another type may stay unknown", () => {
  expect(expression({ not: { field: "year", range: { gt: 5 } } })).toBe(
    '(not (exists payload["year"]) or payload["year"] >= "" or payload["year"] == true or payload["year"] == false' +
      ' or array_length(payload["year"]) > 0 or payload["year"] <= 5)',
  );
  expect(expression({ not: { field: "lent", equals: true } })).toBe(
    '(not (exists payload["lent"]) or payload["lent"] >= "" or (payload["lent"] < 0 or payload["lent"] >= 0)' +
      ' or payload["lent"] == false' +
      ' or (array_length(payload["lent"]) > 0 and not (json_contains_any(payload["lent"], [true]))))',
  );
});

it("turns and, or and not over", () => {
  const a = { field: "a", isNull: true } as const;
  const b = { field: "b", isNull: true } as const;
  const [noA, noB] = ['not (exists payload["a"])', 'not (exists payload["b"])'];
  expect(expression({ and: [a, b] })).toBe(`(${noA} and ${noB})`);
  expect(expression({ not: { and: [a, b] } })).toBe('(exists payload["a"] or exists payload["b"])');
  expect(expression({ not: { or: [a, { not: b }] } })).toBe(`(exists payload["a"] and ${noB})`);
  expect(expression({ and: [] })).toBe('id != ""');
  expect(expression({ not: { and: [] } })).toBe('id == ""');
});
