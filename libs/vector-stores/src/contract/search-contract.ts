import { afterEach, beforeEach, expect, it } from "vitest";
import type { Distance } from "../collection-spec.js";
import type { VectorStore } from "../vector-store.js";
import { axis, newCollection, point, write } from "./sample.js";

const ANGLES = [0, 0.5, 1, 2];
/** Each a little longer than the one before. */
const POINTS = ANGLES.map((angle) =>
  point({ key: { angle }, vector: axis(0, angle).map((part) => part * (1 + angle)), payload: { angle, a: 1, b: [2] } }),
);
const QUERY = axis(0);

/** What the port says of each distance, worked out by hand. */
const SCORES: Record<Distance, (vector: Float32Array) => number> = {
  cosine: (vector) => (vector[0] ?? NaN) / Math.hypot(...vector),
  dot: (vector) => vector[0] ?? NaN,
  euclid: (vector) => -Math.hypot(...vector.map((part, place) => part - (QUERY[place] ?? NaN))),
};

export function searchContract(opened: () => VectorStore): void {
  let store: VectorStore;
  let name: string;
  beforeEach(async () => {
    store = opened();
    name = await newCollection(store);
  });
  afterEach(() => store.drop(name));

  it.each(["cosine", "dot", "euclid"] as const)("finds the nearest by %s first, with its score", async (distance) => {
    const collection = await newCollection(store, { distance });
    await write(store, collection, { upserts: POINTS.toReversed() });
    const expected = POINTS.map(({ id, vector }) => ({ id, score: SCORES[distance](vector) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, 3);
    const hits = await store.search(collection, { vector: QUERY, k: 3 });
    expect(hits.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    for (const [place, { score }] of hits.entries()) expect(score).toBeCloseTo(expected[place]?.score ?? NaN, 4);
    await store.drop(collection);
  });

  it("leaves out what is below the threshold", async () => {
    await write(store, name, { upserts: POINTS });
    const near = (threshold: number) => store.search(name, { vector: QUERY, k: 10, threshold });
    expect((await near(0.5)).map(({ payload }) => payload["angle"])).toEqual([0, 0.5, 1]);
    expect((await near(-1)).length).toBe(4);
    expect(await near(1.1)).toEqual([]);
  });

  it("gives of the payload the columns that were asked for", async () => {
    await write(store, name, { upserts: POINTS.slice(0, 1) });
    const [some] = await store.search(name, { vector: QUERY, k: 1, payload: ["b", "angle", "none"] });
    expect(some?.payload).toEqual({ angle: 0, b: [2] });
    expect(some?.text).toBe(POINTS[0]?.text);
    const [none] = await store.search(name, { vector: QUERY, k: 1, payload: [] });
    expect(none?.payload).toEqual({});
  });

  it("finds as many as were asked for among thousands, also when the search index is there", async () => {
    const upserts = Array.from({ length: 3_000 }, (_, id) => point({ key: { id } }));
    await write(store, name, { upserts });
    await store.finishLoad(name);
    await store.finishLoad(name);
    const later = point({ key: { id: "later" }, vector: axis(5) });
    await write(store, name, {
      upserts: [later],
      deletes: upserts.slice(0, 1_000).map(({ id }) => ({ id, position: null })),
    });
    const hits = await store.search(name, { vector: axis(5), k: 300 });
    expect(hits[0]?.id).toBe(later.id);
    expect(new Set(hits.map(({ id }) => id)).size).toBe(300);
    const scores = hits.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });
}
