import { expect, it } from "vitest";
import { dot } from "../embeddings/ranking.js";
import { nearest } from "./neighbours.js";
import { clusteredVectors, DIMENSIONS, row } from "./vectors.js";

it("makes the same unit vectors for the same seed, and others for another", () => {
  const vectors = clusteredVectors(50, 7);
  expect(clusteredVectors(50, 7)).toEqual(vectors);
  expect(clusteredVectors(50, 8)).not.toEqual(vectors);
  for (let place = 0; place < 50; place++) expect(dot(row(vectors, place), row(vectors, place))).toBeCloseTo(1, 5);
});

it("makes questions that have something near them, unlike random directions", () => {
  const vectors = clusteredVectors(10_000, 1);
  const question = row(clusteredVectors(1, 2), 0);
  const [first = 0] = nearest(question, vectors, 1);
  const scores = Array.from({ length: vectors.length / DIMENSIONS }, (_, place) => dot(question, row(vectors, place)));
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  expect(scores[first]).toBe(Math.max(...scores));
  expect(scores[first]).toBeGreaterThan(0.6);
  expect(mean).toBeLessThan(0.2);
});
