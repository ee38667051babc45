import { expect, it } from "vitest";
import { quantile, renderReport, toResult } from "./report.js";

it("takes quantiles by nearest rank", () => {
  const values = Array.from({ length: 100 }, (_, place) => 100 - place);
  expect([quantile(values, 0.5), quantile(values, 0.95), quantile(values, 0.99), quantile([7], 0.99)]).toEqual([
    50, 95, 99, 7,
  ]);
});

it("puts a figure beside its limit", () => {
  const result = toResult({ metric: "backfill", unit: "rows/s", values: [90, 110, 100], limit: 200 });
  expect(result).toMatchObject({ median: 100, min: 90, max: 110, limit: 200, ratio: 0.5, aim: null, met: null });
  expect(renderReport({ name: "x", workload: "w", machine: "m", results: [result] })).toContain("90 … 110");
});

it("judges the ratio where there is a limit, else the median", () => {
  const figure = { metric: "x", unit: "ms", values: [90, 110, 100] };
  expect(toResult({ ...figure, limit: 125, aim: { atLeast: 0.8 } })).toMatchObject({ aim: 0.8, met: true });
  expect(toResult({ ...figure, limit: 126, aim: { atLeast: 0.8 } }).met).toBe(false);
  expect([toResult({ ...figure, aim: { atMost: 100 } }).met, toResult({ ...figure, aim: { atMost: 99 } }).met]).toEqual(
    [true, false],
  );
});
