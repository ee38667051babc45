import { expect, it } from "vitest";
import { backOffMs } from "./back-off.js";

it("waits up to a bound that doubles until ten seconds", () => {
  const bounds = [1, 2, 3, 6, 7, 1000].map((failures) => backOffMs(failures, () => 1));
  expect(bounds).toEqual([200, 400, 800, 6400, 10_000, 10_000]);
  expect(backOffMs(5, () => 0)).toBe(0);
});
