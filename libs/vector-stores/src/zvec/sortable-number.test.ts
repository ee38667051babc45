import { expect, it } from "vitest";
import { sortableNumber } from "./sortable-number.js";

it("sorts as text as the numbers do", () => {
  const ascending: (number | bigint)[] = [
    -(10n ** 40n),
    -Number.MAX_SAFE_INTEGER - 1,
    -1e3,
    -123,
    -12.5,
    -12,
    -1.5,
    -1,
    -0.123,
    -0.12,
    -1e-7,
    -Number.MIN_VALUE,
    0,
    Number.MIN_VALUE,
    1e-7,
    0.1,
    0.12,
    0.123,
    1,
    9,
    9.5,
    10,
    99,
    100,
    2n ** 53n,
    2n ** 53n + 1n,
    1e300,
    10n ** 301n,
  ];
  const texts = ascending.map(sortableNumber);
  expect(texts.toSorted()).toEqual(texts);
  expect(new Set(texts).size).toBe(texts.length);
});

it("is one for equal numbers, of either type", () => {
  expect(sortableNumber(2n ** 60n)).toBe(sortableNumber(2 ** 60));
  expect(sortableNumber(-0)).toBe(sortableNumber(0n));
  expect(() => sortableNumber(NaN)).toThrow(RangeError);
});
