import fc from "fast-check";
import { expect, it } from "vitest";
import { canonical, membersOf } from "./json-text.js";

it("compares numbers by value, and integers by every digit", () => {
  expect(canonical(`{"a": [1.0, 1.0E21, -0.0], "b": 9007199254740993}`)).toBe(
    canonical(`{"a":[1,1e+21,-0],"b":9007199254740993}`),
  );
  expect(canonical("9007199254740993")).not.toBe(canonical("9007199254740992"));
  expect(canonical(`"\\u00e9"`)).toBe(canonical(`"é"`));
  expect(canonical(`"1.0"`)).not.toBe(canonical(`"1"`));
});

it("takes any object apart", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false })), (object) => {
      const members = membersOf(JSON.stringify(object)) ?? new Map<string, string>();
      const read = [...members].map(([name, json]) => [name, JSON.parse(json) as unknown]);
      expect(JSON.stringify(read)).toBe(JSON.stringify(Object.entries(object)));
    }),
  );
});
