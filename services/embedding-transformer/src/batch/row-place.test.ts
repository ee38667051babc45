import { expect, it } from "vitest";
import { placeOf } from "./row-place.js";

it("keeps rows apart whose long keys begin alike, and in the order of their beginnings", () => {
  const long = (beginning: string, end: string) => placeOf(beginning + "x".repeat(5000) + end);
  expect(long("a", "1").equals(long("a", "2"))).toBe(false);
  expect(long("a", "1").equals(long("a", "1"))).toBe(true);
  expect(long("a", "1").length).toBeLessThanOrEqual(1978);
  expect([long("b", ""), placeOf("ab"), long("a", "")].sort((a, b) => Buffer.compare(a, b))).toEqual([
    placeOf("ab"),
    long("a", ""),
    long("b", ""),
  ]);
});
