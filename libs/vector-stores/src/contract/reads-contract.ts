import { stringifyJson } from "@freshet/schemas/lossless-json";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { StoredPoint, VectorStore } from "../vector-store.js";
import { axis, newCollection, point, withoutVector, write } from "./sample.js";

const HOSTILE = `'"\\ ; DROP TABLE; \${x} {{y}} \n\t ☃ 𝒳 ñ \u202e /.. % null`;

export function readsContract(opened: () => VectorStore): void {
  let store: VectorStore;
  let name: string;
  beforeEach(async () => {
    store = opened();
    name = await newCollection(store);
  });
  afterEach(() => store.drop(name));

  it("reads nothing from an empty collection", async () => {
    expect(await store.search(name, { vector: axis(0), k: 3 })).toEqual([]);
    expect(await store.read(name, [point().id])).toEqual(new Map());
    expect(await store.read(name, [])).toEqual(new Map());
    expect(await store.retrieve(name, [point().id])).toEqual(new Map());
    expect(await store.scroll(name, 10, null)).toEqual({ points: [], next: null });
  });

  it("gives back text, payload and metadata as they were", async () => {
    const payload = {
      [HOSTILE]: HOSTILE,
      text: "a column of this name",
      nested: { list: [1, 2.5, null, true, { deep: "ü" }] },
      numbers: [0, -1, 1e-7, 123456789012345],
      empty: "",
    };
    const stored = point({ key: { [HOSTILE]: HOSTILE, n: 12 }, text: HOSTILE, payload, table: HOSTILE, rowHash: null });
    await write(store, name, { upserts: [stored] });
    const [hit] = await store.search(name, { vector: stored.vector, k: 1 });
    expect(hit && withoutVector({ ...hit, vector: stored.vector })).toEqual(withoutVector(stored));
    expect(await store.read(name, [stored.id])).toEqual(new Map([[stored.id, stored.metadata]]));
  });

  it("keeps every digit of an integer beyond 2^53, as a number or as text", async () => {
    const stored = point({ payload: { big: 9_007_199_254_740_993n, list: [-9_223_372_036_854_775_808n] } });
    await write(store, name, { upserts: [stored] });
    const [hit] = await store.search(name, { vector: stored.vector, k: 1 });
    const numbers = stringifyJson(hit?.payload ?? {}).replaceAll(/"(-?\d+)"/g, "$1");
    expect(numbers).toBe('{"big":9007199254740993,"list":[-9223372036854775808]}');
  });

  it("retrieves points whole, as they were written", async () => {
    const collection = await newCollection(store, { distance: "euclid" });
    const payload = { [HOSTILE]: [1, 2.5, null, true, { deep: "ü" }], empty: "", none: null, list: [] };
    const vector = Float32Array.of(0.1, -2 / 3, 1e-7, 123_456.79, -0.30000001, 1, 0, 3.4e5);
    const hostile = point({ key: { [HOSTILE]: HOSTILE }, text: HOSTILE, payload, vector, rowHash: null });
    const others = Array.from({ length: 1_100 }, (_, id) => point({ key: { id } }));
    await write(store, collection, { upserts: [...others, hostile] });
    const asked = [hostile, ...others].map(({ id }) => id);
    const found = await store.retrieve(collection, [...asked, ...asked.slice(0, 2), point({ key: { id: "none" } }).id]);
    expect(found).toEqual(new Map([hostile, ...others].map((stored) => [stored.id, stored])));
    await store.drop(collection);
  });

  it("reads by thousands of ids, also by those that it hasn't or that come twice", async () => {
    const upserts = Array.from({ length: 2_500 }, (_, id) => point({ key: { id } }));
    await write(store, name, { upserts });
    const ids = upserts.map(({ id }) => id);
    const read = await store.read(name, [...ids, point({ key: { id: "none" } }).id, ...ids.slice(0, 10)]);
    expect(read).toEqual(new Map(upserts.map(({ id, metadata }) => [id, metadata])));
  });

  it("scrolls over every point once", async () => {
    const upserts = Array.from({ length: 1_234 }, (_, id) => point({ key: { id } }));
    await write(store, name, { upserts });
    const seen: StoredPoint[] = [];
    let after: string | null = null;
    do {
      const page = await store.scroll(name, 100, after);
      expect(page.points.length).toBeLessThanOrEqual(100);
      seen.push(...page.points);
      after = page.next;
    } while (after !== null);
    const byId = (a: StoredPoint, b: StoredPoint) => (a.id < b.id ? -1 : 1);
    expect(seen.sort(byId)).toEqual(upserts.map(({ id, metadata }) => ({ id, metadata })).sort(byId));
  });

  it("scrolls on over what is left when points go between the pages", async () => {
    const upserts = Array.from({ length: 30 }, (_, id) => point({ key: { id } }));
    await write(store, name, { upserts });
    const first = await store.scroll(name, 10, null);
    const gone = new Set(upserts.filter(({ id }) => !first.points.some((seen) => seen.id === id)).slice(0, 5));
    await write(store, name, { deletes: [...gone].map(({ id }) => ({ id, position: null })) });
    const rest = await store.scroll(name, 100, first.next);
    expect(rest.next).toBeNull();
    expect(first.points.length + rest.points.length).toBe(25);
  });
}
