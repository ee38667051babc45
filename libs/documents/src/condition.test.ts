import { FatalError } from "@freshet/streaming/errors";
import type { JsonValue } from "@freshet/schemas/lossless-json";
import { expect, it } from "vitest";
import { parseCondition } from "./condition.js";

const holds = (where: string, row: Record<string, JsonValue>) => parseCondition("library", where).holds(row);

it.each([
  ["published", { published: true }, true],
  ["published", { published: null }, false],
  ["not published", { published: false }, true],
  ["a and (b or c)", { a: true, b: false, c: true }, true],
  ["(a or b) and c", { a: true, b: false, c: false }, false],
  ["tags contains 'new'", { tags: ["old", "new"] }, true],
  ["title == blank", { title: "" }, true],
  ["title != nil and not title == 'Dune'", { title: "Emma" }, true],
  ["meta.kinds[0] == 'novel'", { meta: { kinds: ["novel"] } }, true],
  ["at >= '2024-01-01'", { at: "2024-05-05T00:00:00Z" }, true],
])("decides %s of %j: %s", (where, row, expected) => {
  expect(holds(where, row)).toBe(expected);
});

it("compares numbers as numbers, however they travel, and null with nothing", () => {
  expect(["9.5", "10.00", 10n, 11, null].map((price) => holds("price > 9.9", { price }))).toEqual(
    [false, true, true, true, false], // "9.5" > "9.9" and null < 9.9 both differ from text and JavaScript
  );
  expect(["10.00", 10n, 10, "ten", null].map((price) => holds("price == 10", { price }))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
  expect(holds("price <= 10", { price: null })).toBe(false);
  expect(holds("low < high", { low: "9.10", high: "10.20" })).toBe(true);
  expect(holds("code == '7'", { code: "007" })).toBe(false);
});

it("knows the columns it reads", () => {
  expect(parseCondition("library", "published and (price > 10 or meta.kind == kind)").columns).toEqual([
    "published",
    "price",
    "meta",
    "kind",
  ]);
});

it.each([
  ["price = 10", '"= 10" isn\'t understood'],
  ["price >", "it isn't complete"],
  ["and published", '"and" isn\'t expected where it stands'],
  ["published andd price", '"andd" isn\'t expected where it stands'],
  ["(published or new", "unbalanced parentheses"],
  ["(a b) and c", '"b" isn\'t expected where it stands'],
  ["1 < price < 10", '"<" compares a comparison'],
  ["title == 'Dune", "isn't closed"],
  ["title | size > 3", "isn't understood"],
  ["a %}{% endif %}{% if b", "a condition stands without tags"],
  ["published; drop table books", "isn't understood"],
])("refuses %s, and says why and for which index", (where, reason) => {
  expect(() => parseCondition("library", where)).toThrow(FatalError);
  expect(() => parseCondition("library", where)).toThrow(
    /^The where of the index library is no valid condition, such as/,
  );
  expect(() => parseCondition("library", where)).toThrow(reason);
});
