import { expect, it } from "vitest";
import { DIMENSIONS, point } from "../contract/sample.js";
import { upsertRequests } from "./write-requests.js";

const sizes = (points: Parameters<typeof upsertRequests>[0]) =>
  [...upsertRequests(points)].map((request) => ("points" in request ? request.points.length : NaN));

it("keeps a row's points in one request, whatever stands between them", () => {
  const head = Array.from({ length: 100 }, (_, id) => point({ key: { id }, chunks: 3 }));
  const rest = head.flatMap(({ metadata: { key } }) =>
    [1, 2].map((chunk) => point({ key: JSON.parse(key) as { id: number }, chunk, chunks: 3 })),
  );
  const requests = [...upsertRequests([...head, ...rest])];
  const keys = requests.map((request) => {
    if (!("points" in request)) throw new Error("not a list of points");
    return request.points.map(({ payload }) => (payload as { _freshet: { key: string } })._freshet.key);
  });
  expect(keys.map((some) => some.length)).toEqual([126, 126, 48]);
  expect(keys.flatMap((some) => [...new Set(some)])).toHaveLength(100);
});

it("cuts by bytes too, but never a row", () => {
  const large = (id: number) => point({ key: { id }, text: "x".repeat(7 * 1024 * 1024) });
  expect(sizes([large(1), large(2), large(3)])).toEqual([2, 1]);
  const chunks = Array.from({ length: 200 }, (_, chunk) => point({ chunk, chunks: 200 }));
  expect(sizes(chunks)).toEqual([200]);
});

it("widens vectors without changing them", () => {
  const [request] = [...upsertRequests([point({ vector: new Float32Array(DIMENSIONS).fill(0.1) })])];
  if (!request || !("points" in request)) throw new Error("not a list of points");
  expect(Float32Array.from(request.points[0]?.vector as number[])).toEqual(new Float32Array(DIMENSIONS).fill(0.1));
});
