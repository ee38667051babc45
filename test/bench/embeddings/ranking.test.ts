import { expect, it } from "vitest";
import { meanNdcg, ranked } from "./ranking.js";

it("ranks by inner product", () => {
  const vectors = [Float32Array.of(1, 0), Float32Array.of(0, 1), Float32Array.of(0.6, 0.8)];
  expect(ranked(Float32Array.of(0, 1), vectors)).toEqual([1, 2, 0]);
});

it("takes the mean of the queries that are judged, a document once in each", async () => {
  const cisi = {
    documents: [],
    queries: ["1", "2", "3"].map((id) => ({ id, text: id })),
    relevant: new Map([
      ["1", new Set(["a"])],
      ["3", new Set(["b", "c"])],
    ]),
  };
  const answers: Record<string, string[]> = { "1": ["a", "x"], "3": ["b", "b", "c"] };
  expect(await meanNdcg(cisi, ({ id }) => answers[id] ?? [])).toBe(1);
  expect(await meanNdcg(cisi, ({ id }) => (id === "1" ? ["a"] : ["x"]))).toBe(0.5);
});
