import fc from "fast-check";
import { expect, it } from "vitest";
import { parseJson, type JsonValue } from "./lossless-json.js";
import { decodeRowKey, encodeRowKey, RowKeyEncoder } from "./row-key.js";

const name = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("__proto__", "2", "10", 'a"b', "constructor"));
/** JSON texts as Postgres' values give them. */
const text = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.string({ unit: "grapheme" }).map((value) => JSON.stringify(value)),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value.toExponential()),
  fc.constantFrom("true", "false", "1e+20", "1.50", "-0", "[1,1e+20]", "1.7976931348623157e+308"),
);

it("writes a row's key from texts as from values, and a key that was read as it was", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, text), { selector: ([name]) => name, minLength: 1 }), (columns) => {
      const encoded = new RowKeyEncoder(columns.map(([name]) => name)).encode(columns.map(([, text]) => text));
      const key = Object.fromEntries(columns.map(([name, text]): [string, JsonValue] => [name, parseJson(text)]));
      expect(encoded).toBe(encodeRowKey(key));
      expect(encodeRowKey(decodeRowKey(encoded))).toBe(encoded);
    }),
    { numRuns: 300 },
  );
});
