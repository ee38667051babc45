import fc from "fast-check";
import { expect, it } from "vitest";
import { parseJson, stringifyJson } from "./lossless-json.js";

it("keeps every integer, however large", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), (value) => {
      const read = parseJson(stringifyJson({ value })) as { value: number | bigint };
      expect(BigInt(read.value)).toBe(value);
    }),
  );
});

it("reads what any JSON writer wrote as the native parser does, where that loses nothing", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), (text) => {
      const safe = JSON.stringify(JSON.parse(text));
      fc.pre(safe === text && !/\d{10}/.test(text));
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

it("keeps digits that a double can't hold as text", () => {
  expect(parseJson('{"price": 0.12345678901234567890}')).toEqual({ price: "0.12345678901234567890" });
  expect(parseJson('[1e400, "123456789012345678"]')).toEqual(["1e400", "123456789012345678"]);
});
