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

it("finds a number that a double can't hold wherever a value may begin", () => {
  const large = 12345678901234567890n;
  expect(parseJson(`${large}`)).toBe(large);
  for (const before of ["", " ", "\t", "\n", "0,", "0,-", "0, "]) {
    const sign = before.endsWith("-") ? -1n : 1n;
    expect((parseJson(`[${before}${large}]`) as unknown[]).at(-1)).toBe(sign * large);
  }
  expect(parseJson(`{"a":${large}}`)).toEqual({ a: large });
  expect(parseJson("[12.5e+999,1E-999]")).toEqual(["12.5e+999", "1E-999"]);
});

/** All that JSON allows of a number, in any place of any text. */
const number = fc.oneof(
  fc.stringMatching(/^-?(?:0|[1-9]\d{0,20})(?:\.\d{1,20})?(?:[eE][+-]?\d{1,4})?$/),
  fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
);
const string = fc
  .oneof(fc.string({ unit: "grapheme" }), fc.stringMatching(/^[\\":,[ ]{0,2}-?\d{14,18}[ ,e]?\d{0,3}$/))
  .map((text) => JSON.stringify(text));
const space = fc.constantFrom("", "", " ", "\r\n\t");
const { json } = fc.letrec<{ json: string }>((tie) => {
  const value = fc.tuple(space, tie("json"), space).map((parts) => parts.join(""));
  const members = fc.uniqueArray(fc.tuple(string, space, value), { selector: ([name]) => name, maxLength: 4 });
  return {
    json: fc.oneof(
      { maxDepth: 3 },
      number,
      string,
      fc.array(value, { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
      members.map((all) => `{${all.map(([name, gap, item]) => `${name}${gap}:${item}`).join(",")}}`),
    ),
  };
});

it("reads any text by the native parser as by the lossless one", () => {
  fc.assert(
    fc.property(space, json, (before, text) => {
      const [lossless] = parseJson(`[${text},1e999]`) as unknown[];
      expect(parseJson(before + text)).toEqual(lossless);
    }),
    { numRuns: 1000 },
  );
});

it("writes any value by the native writer as by the lossless one", () => {
  const value = fc.jsonValue({ stringUnit: "grapheme", maxDepth: 3 });
  fc.assert(
    fc.property(value, (any) => {
      expect(stringifyJson([any, 2n ** 64n])).toBe(`[${stringifyJson(any)},${2n ** 64n}]`);
      expect(stringifyJson({ deep: [{ any, id: 2n ** 64n }] })).toContain(`:${2n ** 64n}}`);
    }),
  );
});

it("quotes every character as JSON.stringify does, halves of surrogate pairs too", () => {
  const texts = Array.from({ length: 0x10000 }, (_, code) => `a${String.fromCharCode(code)}`);
  expect(["", "😀", ...texts].filter((text) => quoteJson(text) !== JSON.stringify(text))).toEqual([]);
});
