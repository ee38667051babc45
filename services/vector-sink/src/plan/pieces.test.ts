import { expect, it } from "vitest";
import { LARGEST_PIECE, largerPiece, smallerPiece } from "./piece-size.js";
import { pieces } from "./pieces.js";

it("cuts in order, at most so much at once, and leaves what is too large by itself", () => {
  const cut = (sizes: number[]) => pieces(sizes, (size) => size, 10);
  expect(cut([4, 6, 1, 25, 3])).toEqual([[4, 6], [1], [25], [3]]);
  expect(cut([])).toEqual([]);
});

it("halves what a store can't do in time, and comes back slowly", () => {
  expect(smallerPiece(1000)).toBe(500);
  expect(smallerPiece(3)).toBeGreaterThan(3);
  let size = smallerPiece(100);
  for (let piece = 0; piece < 10; piece += 1) size = largerPiece(size);
  expect(size).toBeLessThan(1000);
  expect(largerPiece(LARGEST_PIECE)).toBe(LARGEST_PIECE);
});
