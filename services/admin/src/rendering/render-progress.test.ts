import { createColors } from "picocolors";
import { expect, it } from "vitest";
import { renderProgress } from "./render-progress.js";
import { snapshotProgress } from "./snapshot-progress.js";

const options = { colors: createColors(false), bar: true };
const run = {
  position: "1/10/0",
  lastKey: ["260000"],
  rows: 260_000,
  estimatedRows: 500_000,
  startedAt: 1_000,
  finishedAt: null,
};

it("shows a bar with rows, rate and time left", () => {
  expect(renderProgress(snapshotProgress(run, 14_000), options)).toBe(
    "████████████░░░░░░░░░░░░  52%  260,000 of about 500,000 rows, 20,000 rows/s, 12 s left",
  );
});

it("takes the recent rate where it is known", () => {
  expect(renderProgress(snapshotProgress(run, 1_000_000, 24_000), options)).toContain("24,000 rows/s, 10 s left");
});

it("shows no bar without an estimate, and none that is full before the end", () => {
  expect(renderProgress(snapshotProgress({ ...run, estimatedRows: null }, 14_000), options)).toBe(
    "260,000 rows, 20,000 rows/s",
  );
  const beyond = renderProgress(snapshotProgress({ ...run, estimatedRows: 1 }, 14_000), options);
  expect(beyond).toContain(" 99%  260,000 of about 1 row, 20,000 rows/s");
  expect(beyond).not.toContain("left");
});

it("is a plain sentence where nothing can be drawn", () => {
  expect(renderProgress(snapshotProgress(run, 14_000), { ...options, bar: false })).toBe(
    "52%, 260,000 of about 500,000 rows, 20,000 rows/s, 12 s left",
  );
});

it("has no rate before the first rows", () => {
  const started = { ...run, rows: 0, lastKey: null };
  expect(renderProgress(snapshotProgress(started, 1_000), options)).toMatch(/ 0% {2}0 of about 500,000 rows$/);
});

it("says how long a finished one took", () => {
  expect(renderProgress(snapshotProgress({ ...run, finishedAt: 22_000 }, 99_000), options)).toBe(
    "✓ 260,000 rows in 21 s",
  );
});
