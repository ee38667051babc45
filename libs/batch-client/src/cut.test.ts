import { expect, it } from "vitest";
import { cut } from "./cut.js";

async function pieces(sizes: readonly number[], items: number, bytes: number) {
  const result: number[][] = [];
  const limits = { items, bytes };
  for await (const piece of cut(
    sizes,
    (size) => size,
    () => limits,
  ))
    result.push(piece);
  return result;
}

it("cuts by number and by size, and lets what is too large go alone", async () => {
  expect(await pieces([1, 1, 1, 1, 1], 2, 100)).toEqual([[1, 1], [1, 1], [1]]);
  expect(await pieces([4, 4, 4, 20, 1], 10, 10)).toEqual([[4, 4], [4], [20], [1]]);
  expect(await pieces([], 10, 10)).toEqual([]);
});
