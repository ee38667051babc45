import { expect, it } from "vitest";
import { boundsOf, periodOf } from "./period.js";

it.each([
  ["2024-05-17", "2024-05-17"],
  ["2024-05-17Z", "2024-05-17"],
  ["2024-05-17T23:59:59.999999Z", "2024-05-17"],
  ["2024-05-17 23:59:59", "2024-05-17"],
  ["2024-05-17 23:59:59-02", "2024-05-18"],
  ["2024-05-18T00:30+0530", "2024-05-17"],
  ["0099-01-01", "0099-01-01"],
  [Date.UTC(2024, 4, 17), "2024-05-17"],
  [-1, "1969-12-31"],
])("puts %j into the day %s", (value, day) => {
  expect(periodOf(value, "day")).toBe(day);
  expect(periodOf(value, "month")).toBe(day.slice(0, 7));
  expect(periodOf(value, "year")).toBe(day.slice(0, 4));
});

it.each([
  null,
  undefined,
  "",
  "yesterday",
  "2024-13-01",
  "2024-05",
  "-infinity",
  "+012024-01-01Z",
  1e17,
  NaN,
  true,
  ["2024-05-17"],
  1n,
])("knows no day of %s", (value) => {
  expect(periodOf(value, "day")).toBeNull();
});

it.each(["2024-02-29", "2023-12", "0000", "9999"])("ends %s where the next begins", (period) => {
  const every = period.length === 10 ? "day" : period.length === 7 ? "month" : "year";
  const { start, end } = boundsOf(period);
  expect([start - 1, start, end - 1, end].map((ms) => periodOf(ms, every) === period)).toEqual([
    false,
    true,
    true,
    false,
  ]);
});
