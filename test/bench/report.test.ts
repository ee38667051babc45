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
