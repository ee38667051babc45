import type { GenerationsState } from "@freshet/schemas/index-generations";
import { expect, it } from "vitest";
import { isOfLostRecord } from "./lost-generation.js";

const state: GenerationsState = {
  ...{ kind: "generations", index: "books", serving: 5, last: 5, reindex: null, updatedAt: 0 },
  generations: [{ number: 5, documents: 5, definition: {}, createdAt: 0, dropping: false }],
};
const lostOf = (known: GenerationsState | undefined) =>
  [1, 2, 3, 4, 5, 6].filter((number) => isOfLostRecord(known, number));

it("tells a generation that another record made from one that was dropped", () => {
  expect(lostOf(undefined)).toEqual([2, 3, 4, 5, 6]);
  expect(lostOf(state)).toEqual([6]);
  expect(lostOf({ ...state, skipped: [2, 3] })).toEqual([2, 3, 6]);
});
