import { expect, it } from "vitest";
import { nextDue } from "./cron-expression.js";

const due = (cron: string, timezone: string, after: string, count: number): string[] => {
  let at = Date.parse(after);
  return Array.from({ length: count }, () => {
    at = nextDue({ cron, timezone }, at) ?? Number.NaN;
    return new Date(at).toISOString();
  });
};

it("is due in the zone's time, and strictly later", () => {
  expect(due("0 3 * * *", "America/New_York", "2026-01-01T08:00:00.000Z", 1)).toEqual(["2026-01-02T08:00:00.000Z"]);
  expect(due("0 3 * * *", "UTC", "2026-01-01T02:59:59.999Z", 2)).toEqual([
    "2026-01-01T03:00:00.000Z",
    "2026-01-02T03:00:00.000Z",
  ]);
  expect(due("*/20 * * * * *", "UTC", "2026-01-01T00:00:00.000Z", 1)).toEqual(["2026-01-01T00:00:20.000Z"]);
});

it("leaves out no day when the clocks go forward, and runs once when they go back", () => {
  // In Berlin 02:30 doesn't exist on 29 March 2026, and comes twice on 25 October.
  expect(due("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00.000Z", 2)).toEqual([
    "2026-03-29T01:00:00.000Z",
    "2026-03-30T00:30:00.000Z",
  ]);
  expect(due("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00.000Z", 2)).toEqual([
    "2026-10-25T00:30:00.000Z",
    "2026-10-26T01:30:00.000Z",
  ]);
});

it("keeps its pace through both", () => {
  const everyHalfHour = (after: string) => due("*/30 * * * *", "Europe/Berlin", after, 6).map((at) => at.slice(11, 16));
  expect(everyHalfHour("2026-03-29T00:00:00.000Z")).toEqual(["00:30", "01:00", "01:30", "02:00", "02:30", "03:00"]);
  expect(everyHalfHour("2026-10-25T00:00:00.000Z")).toEqual(["00:30", "01:00", "01:30", "02:00", "02:30", "03:00"]);
});
