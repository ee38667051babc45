import { expect, it } from "vitest";
import { RateMeter } from "./rate-meter.js";

it("measures the last half minute, not the time before", () => {
  const meter = new RateMeter();
  expect(meter.observe(0, 0)).toBeNull();
  expect(meter.observe(1_000, 1_000)).toBe(1_000);
  expect(meter.observe(1_000, 1_000)).toBe(1_000);
  // Nothing for a minute.
  meter.observe(1_000, 60_000);
  expect(meter.observe(2_000, 65_000)).toBeCloseTo(1_000 / 64, 5);
  expect(meter.observe(6_000, 92_000)).toBeCloseTo(5_000 / 32, 5);
});

it("starts anew with a run that starts anew", () => {
  const meter = new RateMeter();
  meter.observe(900, 0);
  expect(meter.observe(0, 1_000)).toBeNull();
  expect(meter.observe(500, 2_000)).toBe(500);
});
