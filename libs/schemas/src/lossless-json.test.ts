import fc from "fast-check";
import { expect, it } from "vitest";
import { parseJson, quoteJson, stringifyJson, type JsonObject } from "./lossless-json.js";

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

it("reads a double as the number it is, whatever else the text holds", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const { double } = parseJson(`{"double":${value.toExponential()},"big":9007199254740993}`) as JsonObject;
      expect(double).toBe(Number(value.toExponential()));
    }),
  );
});

it("keeps digits that a double can't hold as text", () => {
  expect(parseJson('{"price": 0.12345678901234567890}')).toEqual({ price: "0.12345678901234567890" });
  expect(parseJson('[1e400, "123456789012345678"]')).toEqual(["1e400", "123456789012345678"]);
});

it("quotes every character as JSON.stringify does, halves of surrogate pairs too", () => {
  const texts = Array.from({ length: 0x10000 }, (_, code) => `a${String.fromCharCode(code)}`);
  expect(["", "😀", ...texts].filter((text) => quoteJson(text) !== JSON.stringify(text))).toEqual([]);
});
