import { expect, it } from "vitest";
import { slicesBySize } from "./slices.js";

it("ends a run before it has too many items or bytes, and leaves alone what is too large", () => {
  const runs = (sizes: number[]) => [...slicesBySize(sizes, { most: 3, bytes: 10, bytesOf: (size) => size })];
  expect(runs([1, 1, 1, 1])).toEqual([[1, 1, 1], [1]]);
  expect(runs([4, 6, 1, 11, 9, 2])).toEqual([[4, 6], [1], [11], [9], [2]]);
  expect(runs([])).toEqual([]);
});
