import { expect, test } from "vitest";
import { backOffMs, delay } from "./back-off.js";

test("grows up to the cap, and jitter takes anything down to nothing of it", () => {
  const most = { baseMs: 100, capMs: 10_000, random: () => 1 };
  expect([1, 2, 3, 7, 8, 1000].map((attempt) => backOffMs(attempt, most))).toEqual([
    100, 200, 400, 6400, 10_000, 10_000,
  ]);
  expect(backOffMs(8, { ...most, random: () => 0 })).toBe(0);
});

test("a wait ends with the reason of its signal", async () => {
  const controller = new AbortController();
  const waiting = delay(60_000, controller.signal);
  controller.abort(new Error("stopped"));
  await expect(waiting).rejects.toThrow("stopped");
  await expect(delay(0, controller.signal)).rejects.toThrow("stopped");
});
