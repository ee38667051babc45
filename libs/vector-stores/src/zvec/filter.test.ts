import { expect, it } from "vitest";
import { InputRefusedError } from "../errors.js";
import { facetFields, nullToken, valueToken, type Fields } from "./facets.js";
import { matches } from "../filter-match.js";
import { toExpression } from "./filter.js";

const FIELDS: Fields = { "it's": "keyword", year: "integer" };

it("puts nothing of the user's into an expression", () => {
  const hostile = "x') or (pid != '";
  const expression = toExpression({ field: "it's", in: [hostile, '"', "\\"] }, FIELDS);
  expect(expression).toMatch(/^\(facets contain_any \(('[0-9a-z]+',?){3}\)\)$/);
  expect(facetFields({ "it's": hostile }, FIELDS)["facets"]).toContain(valueToken("it's", hostile));
});

it("turns `not` inwards, where zvec can say it", () => {
  const filter = { not: { or: [{ field: "it's", isNull: true }, { not: { field: "year", equals: 1 } }] } } as const;
  expect(toExpression(filter, FIELDS)).toBe(
    `((facets not contain_any ('${nullToken("it's")}')) and (facets contain_any ('${valueToken("year", 1)}')))`,
  );
});

it("asks nothing where all or nothing matches", () => {
  expect(toExpression({ field: "year", in: [] }, FIELDS)).toBe(false);
  expect(toExpression({ not: { or: [] } }, FIELDS)).toBe(true);
  expect(toExpression({ and: [{ not: { and: [] } }, { field: "year", equals: 1 }] }, FIELDS)).toBe(false);
});

it("splits long lists, as zvec takes no more than 32 at once", () => {
  const expression = toExpression({ field: "year", in: Array.from({ length: 70 }, (_, year) => year) }, FIELDS);
  expect(String(expression).match(/contain_any/g)).toHaveLength(3);
});

it.each([
  [{ field: "other", equals: 1 }, /add it with its type under filterable/],
  [{ field: "constructor", isNull: true }, /add it with its type under filterable/],
  [{ field: "it's", range: { gt: 1 } }, /declare it as integer or float/],
  [{ field: "year", range: { gt: Infinity } }, /only finite numbers/],
] as const)("refuses %j with the cure", (filter, cure) => {
  expect(() => toExpression(filter, FIELDS)).toThrow(InputRefusedError);
  expect(() => toExpression(filter, FIELDS)).toThrow(cure);
});

it("tells apart integers that are one double", () => {
  const big = 2n ** 53n + 1n;
  expect(matches({ field: "year", equals: 2 ** 53 }, { year: big })).toBe(false);
  expect(matches({ field: "year", range: { gt: 2 ** 53 } }, { year: big })).toBe(true);
  expect(facetFields({ year: big }, FIELDS)).not.toEqual(facetFields({ year: 2 ** 53 }, FIELDS));
});
