import { expect, it } from "vitest";
import { loadBm25 } from "../bm25/bm25.js";
import { point } from "../contract/sample.js";
import { upsertRequests } from "./write-requests.js";

const sizes = (points: Parameters<typeof upsertRequests>[0]) =>
  [...upsertRequests(points, null)].map((request) => ("points" in request ? request.points.length : NaN));

it("keeps a row's points in one request, whatever stands between them", () => {
  const head = Array.from({ length: 100 }, (_, id) => point({ key: { id }, chunks: 3 }));
  const rest = head.flatMap(({ metadata: { key } }) =>
    [1, 2].map((chunk) => point({ key: JSON.parse(key) as { id: number }, chunk, chunks: 3 })),
  );
  const requests = [...upsertRequests([...head, ...rest], null)];
  const keys = requests.map((request) => {
    if (!("points" in request)) throw new Error("not a list of points");
    return request.points.map(({ payload }) => (payload as { _freshet: { key: string } })._freshet.key);
  });
  expect(keys.map((some) => some.length)).toEqual([126, 126, 48]);
  expect(keys.flatMap((some) => [...new Set(some)])).toHaveLength(100);
});

it("cuts by bytes too, and a row only when it is too large for one request", () => {
  const large = (id: number, chunk = 0) => point({ key: { id }, chunk, text: "x".repeat(2 * 1024 * 1024) });
  expect(sizes([large(1), large(2), large(3)])).toEqual([2, 1]);
  expect(sizes([large(1), large(1, 1), large(1, 2), large(2)])).toEqual([2, 2]);
  const chunks = Array.from({ length: 200 }, (_, chunk) => point({ chunk, chunks: 200 }));
  expect(sizes(chunks)).toEqual([200]);
});

it("writes the same float32 numbers, in fewer digits", () => {
  const parts = [0.1, -0.05123456789, 1e-12, 3.4e38, 1 / 3, 123.456, 0, -1e-7];
  const vector = Float32Array.from(parts);
  const [request] = [...upsertRequests([point({ vector })], null)];
  if (!request || !("points" in request)) throw new Error("not a list of points");
  const written = JSON.stringify(request.points[0]?.vector);
  expect(Float32Array.from(JSON.parse(written) as number[])).toEqual(vector);
  expect(written).toMatch(/^\[0\.1000000015,-0\.\d{10},/);
});

it("writes the terms of a hybrid collection's texts beside the vectors", async () => {
  const bm25 = await loadBm25("english");
  const [request] = [...upsertRequests([point({ text: "two worms" }), point({ key: { id: 2 }, text: "?" })], bm25)];
  if (!request || !("points" in request)) throw new Error("not a list of points");
  const vectors = request.points.map(({ vector }) => vector);
  const { ids, weights } = bm25.document("two worms");
  expect(vectors).toMatchObject([{ terms: { indices: ids, values: weights } }, { terms: { indices: [], values: [] } }]);
  expect(ids).toHaveLength(2);
});
