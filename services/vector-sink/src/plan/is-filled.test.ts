import { expect, it } from "vitest";
import { isFilled } from "./is-filled.js";

const filled = (grown: number, points: number, hasSnapshotEnded = false) =>
  isFilled({ grown, points, hasSnapshotEnded });

it("takes an index for filled when it hardly grows, or a snapshot of it has ended", () => {
  expect(filled(60_000, 100_000)).toBe(false);
  expect(filled(0, 100_000)).toBe(true);
  expect(filled(60_000, 100_000, true)).toBe(true);
});

it("doesn't wait for an end of what comes for ever", () => {
  let points = 0;
  let windows = 0;
  for (; !filled(500, points); windows += 1) points += 500;
  expect(windows).toBe(100);
});

it("leaves an empty one alone", () => {
  expect(filled(0, 0)).toBe(false);
  expect(filled(0, 0, true)).toBe(false);
});
