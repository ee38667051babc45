import { expect, it } from "vitest";
import { dot } from "../embeddings/ranking.js";
import { nearest, recall } from "./neighbours.js";
import { clusteredVectors, row } from "./vectors.js";

const vectors = clusteredVectors(500, 3);
const question = row(clusteredVectors(1, 4), 0);
const byScore = Array.from({ length: 500 }, (_, place) => place).sort(
  (a, b) => dot(question, row(vectors, b)) - dot(question, row(vectors, a)),
);

it("gives what sorting all of them gives", () => {
  expect(nearest(question, vectors, 10)).toEqual(byScore.slice(0, 10));
});

it("gives the nearest of those that count, and no more than there are", () => {
  const even = (place: number) => place % 2 === 0;
  expect(nearest(question, vectors, 10, even)).toEqual(byScore.filter(even).slice(0, 10));
  expect(nearest(question, vectors, 10, (place) => place < 3)).toHaveLength(3);
});

it("counts which of the true ones were found", () => {
  expect(recall(["c", "x", "a"], ["a", "b", "c", "d"])).toBe(0.5);
});
