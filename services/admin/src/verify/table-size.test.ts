import { expect, it } from "vitest";
import { partsOf, wasRewritten } from "./table-size.js";

it("cuts a table into parts of about so many rows, the last without an end", () => {
  expect([...partsOf({ blocks: 10, rows: 1_000 }, 400)]).toEqual([
    { blocks: { first: 0, end: 4 }, rows: 400 },
    { blocks: { first: 4, end: 8 }, rows: 400 },
    { blocks: { first: 8, end: null }, rows: 200 },
  ]);
});

it("has one part of a table that is empty, or has no blocks, and of one of large rows parts of a block", () => {
  expect([...partsOf({ blocks: 0, rows: null }, 400)]).toEqual([{ blocks: { first: 0, end: null }, rows: 0 }]);
  expect([...partsOf({ blocks: null, rows: 7 }, 1)]).toEqual([{ blocks: null, rows: 7 }]);
  expect([...partsOf({ blocks: 3, rows: 30 }, 1)]).toHaveLength(3);
});

it("tells a table whose rows were moved, and leaves alone one that has other parts", () => {
  const files = (of: Record<string, string>) => ({ files: new Map(Object.entries(of)) });
  expect(wasRewritten(files({ 1: "10", 2: "20" }), files({ 1: "10", 2: "21" }))).toBe(true);
  expect(wasRewritten(files({ 1: "10", 2: "20" }), files({ 1: "10", 3: "30" }))).toBe(false);
});
