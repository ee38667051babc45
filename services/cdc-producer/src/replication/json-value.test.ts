import { parseJson, stringifyJson } from "@freshet/schemas/lossless-json";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toJsonValue } from "./json-value.js";

describe("toJsonValue", () => {
  it.each([
    ["bool", 16, "t", true],
    ["bool", 16, "f", false],
    ["int4", 23, "-2147483648", -2147483648],
    ["oid", 26, "4294967295", 4294967295],
    ["int8, small", 20, "9007199254740991", 9007199254740991],
    ["int8, large", 20, "-9223372036854775808", -9223372036854775808n],
    ["float8", 701, "0.1", 0.1],
    ["float8", 701, "5e-324", 5e-324],
    ["float8", 701, "NaN", "NaN"],
    ["float4", 700, "-Infinity", "-Infinity"],
    ["numeric", 1700, "0.10000000000000000000000001", "0.10000000000000000000000001"],
    ["numeric", 1700, "NaN", "NaN"],
    ["date", 1082, "2024-02-29", "2024-02-29"],
    ["date", 1082, "infinity", "infinity"],
    ["time", 1083, "24:00:00", "24:00:00"],
    ["timestamp", 1114, "2024-02-29 01:02:03.000001", "2024-02-29T01:02:03.000001"],
    ["timestamp", 1114, "-infinity", "-infinity"],
    ["timestamptz", 1184, "2024-02-29 01:02:03.000001+00", "2024-02-29T01:02:03.000001Z"],
    ["timestamptz", 1184, "10000-01-01 00:00:00+00", "10000-01-01T00:00:00Z"],
    ["timestamptz", 1184, "0044-03-15 12:00:00+00 BC", "0044-03-15 12:00:00+00 BC"],
    ["bytea", 17, "\\x00ff", "AP8="],
    ["bytea, empty", 17, "\\x", ""],
    ["jsonb", 3802, '{"a": 1.10}', '{"a": 1.10}'],
    ["interval", 1186, "1 mon -2 days +03:00:00", "1 mon -2 days +03:00:00"],
    ["int4[]", 1007, "{1,NULL}", "{1,NULL}"],
    ["uuid", 2950, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
  ])("%s", (_type, oid, text, value) => {
    expect(toJsonValue(oid, text)).toStrictEqual(value);
  });

  it("loses nothing of an int8, also through JSON", () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
        const read = parseJson(stringifyJson(toJsonValue(20, String(value))));
        expect(typeof read === "number" ? BigInt(read) : read).toBe(value);
      }),
    );
  });

  it("loses nothing of a float8, also through JSON", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(parseJson(stringifyJson(toJsonValue(701, String(value)))))).toBe(value === 0 ? 0 : value);
      }),
    );
  });
});
