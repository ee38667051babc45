import { expect, test } from "vitest";
import { COMMIT_AT_ONCE, commitDueInMs } from "./commit-schedule.js";

const limits = { maxRecords: 100, maxWaitMs: 5000 };

test.each([
  ["enough records", { records: 100, sinceMs: 0, isLast: false }, 0],
  ["enough time", { records: 1, sinceMs: 5001, isLast: false }, 0],
  ["the partitions are about to be lost", { records: 1, sinceMs: 0, isLast: true }, 0],
  ["neither", { records: 99, sinceMs: 1500, isLast: false }, 3500],
])("%s", (_, uncommitted, due) => {
  expect(commitDueInMs(uncommitted, limits)).toBe(due);
});

test("by default nothing is waited for", () => {
  expect(commitDueInMs({ records: 1, sinceMs: 0, isLast: false }, COMMIT_AT_ONCE)).toBe(0);
});
