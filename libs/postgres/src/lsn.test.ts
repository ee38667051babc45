import fc from "fast-check";
import { expect, it } from "vitest";
import { formatLsn, parseLsn } from "./lsn.js";

it("reads and writes WAL positions as Postgres does", () => {
  expect(parseLsn("16/B374D848")).toBe(0x16_b374d848n);
  expect(formatLsn(0x16_b374d848n)).toBe("16/B374D848");
  expect(formatLsn(0n)).toBe("0/0");
  fc.assert(fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (lsn) => parseLsn(formatLsn(lsn)) === lsn));
});

it.each(["", "16", "16/", "/1", "x/1", "1/123456789", "-1/0"])("refuses %j", (text) => {
  expect(() => parseLsn(text)).toThrow(RangeError);
});
