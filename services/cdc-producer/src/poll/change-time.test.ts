import { expect, it } from "vitest";
import { changeTime } from "./change-time.js";

it.each([
  ["timestamptz", "2024-02-29 12:34:56.789012+00", "2024-02-29T12:34:56.789Z"],
  ["timestamp", "2024-02-29 12:34:56", "2024-02-29T12:34:56.000Z"],
  ["date", "2024-02-29", "2024-02-29T00:00:00.000Z"],
] as const)("is that of the %s", (kind, value, time) => {
  expect(new Date(changeTime(kind, value)).toISOString()).toBe(time);
});

it.each([
  ["number", "17"],
  ["timestamptz", "infinity"],
  ["timestamptz", "2999-01-01 00:00:00+00"],
  ["date", "0044-03-15 BC"],
] as const)("is now, where the %s %s tells none", (kind, value) => {
  const before = Date.now();
  expect(changeTime(kind, value)).toBeGreaterThanOrEqual(before);
  expect(changeTime(kind, value)).toBeLessThanOrEqual(Date.now());
});
