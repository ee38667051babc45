import { expect, it } from "vitest";
import { ndcg } from "./ndcg.js";

it("is 1 for the best ranking, and less for what comes later", () => {
  const relevant = new Set(["a", "b"]);
  expect(ndcg(["b", "a", "c"], relevant)).toBe(1);
  expect(ndcg(["a", "c", "b"], relevant)).toBeCloseTo((1 + 0.5) / (1 + 1 / Math.log2(3)));
  expect(ndcg(["c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "a"], relevant)).toBe(0);
});
