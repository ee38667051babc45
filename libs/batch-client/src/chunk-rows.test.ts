import { expect, it } from "vitest";
import { CHUNK_BOUNDS, firstChunkRows, nextChunkRows } from "./chunk-rows.js";

it("begins with what the memory holds of the dimension, within the bounds", () => {
  expect(firstChunkRows({ dimensions: 1536 })).toBe(300);
  expect(firstChunkRows({ dimensions: 768 })).toBe(600);
  expect(firstChunkRows({ dimensions: 384 })).toBe(1000);
  expect(firstChunkRows({ dimensions: 1_000_000 })).toBe(50);
  expect(firstChunkRows({ dimensions: 1536, memoryBytes: 150 * 1536 * 4 })).toBe(150);
});

/** Chunks sent over something that takes so long for each row and for each chunk, in ms. */
function sizesOver(cost: { readonly perRow: number; readonly perChunk: number }, first: number, chunks: number) {
  const sizes = [first];
  for (let rows = first; sizes.length <= chunks; sizes.push(rows)) {
    rows = nextChunkRows(rows, { rows, ms: cost.perChunk + rows * cost.perRow });
  }
  return sizes;
}

it.each([
  { cost: { perRow: 0.5, perChunk: 0 }, first: 1000, settles: 200 },
  { cost: { perRow: 0.5, perChunk: 20 }, first: 50, settles: 160 },
  { cost: { perRow: 10, perChunk: 0 }, first: 300, settles: CHUNK_BOUNDS.minRows },
  { cost: { perRow: 0, perChunk: 1 }, first: 300, settles: CHUNK_BOUNDS.maxRows },
])("settles at $settles rows where they take $cost ms", ({ cost, first, settles }) => {
  const sizes = sizesOver(cost, first, 30);
  expect(Math.abs((sizes.at(-1) ?? 0) - settles)).toBeLessThanOrEqual(settles * 0.02);
});

it("changes by half or twice at most, so that one outlier doesn't decide", () => {
  expect(nextChunkRows(400, { rows: 400, ms: 60_000 })).toBe(200);
  expect(nextChunkRows(400, { rows: 400, ms: 0 })).toBe(800);
});

it("doesn't grow by a chunk that was shorter than planned", () => {
  expect(nextChunkRows(400, { rows: 10, ms: 1 })).toBe(400);
  expect(nextChunkRows(400, { rows: 10, ms: 100 })).toBe(200);
  expect(nextChunkRows(400, { rows: 0, ms: 1 })).toBe(400);
});
