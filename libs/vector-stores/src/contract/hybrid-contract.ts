import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CollectionMismatchError, InputRefusedError } from "../errors.js";
import type { SearchRequest, VectorStore } from "../vector-store.js";
import { axis, newCollection, point, VECTORS, withoutVector, write, type PointOptions } from "./sample.js";

const FEATURES = { fields: { shelf: "keyword" }, tenant: null, hybrid: true } as const;
const NEAR = axis(0);
const FAR = axis(4);

/** Nearer to `NEAR` the lower the number is, and all of them nearer than `FAR`. */
const CROWD = Array.from({ length: 40 }, (_, id) =>
  point({
    key: { id },
    vector: axis(0, id / 100),
    text: `book number ${id} of the common library, which has many such books`,
    payload: { shelf: id % 2 === 0 ? "even" : "odd" },
  }),
);
const far = (options: PointOptions) =>
  point({ key: { id: "far" }, vector: FAR, payload: { shelf: "far" }, ...options });
const ZEPPELIN = far({ text: "A zeppelin over the sea" });

export function hybridContract(opened: () => VectorStore): void {
  it("refuses text, and a collection for it, where it can't be searched by words", async () => {
    const store = opened();
    const plain = await newCollection(store);
    const refused = store.search(plain, { vector: NEAR, k: 1, text: "zeppelin" });
    await expect(refused).rejects.toThrow(InputRefusedError);
    await expect(refused).rejects.toThrow(/ .*(text|hybrid|words)/);
    const becoming = store.ensureCollection({ name: plain, ...VECTORS, features: FEATURES });
    await expect(becoming).rejects.toThrow(store.capabilities.hybrid ? CollectionMismatchError : InputRefusedError);
    await store.drop(plain);
  });

  describe("by words too", () => {
    let store: VectorStore;
    let name: string;
    beforeEach(async ({ skip }) => {
      store = opened();
      skip(!store.capabilities.hybrid, "can't search by words");
      name = await newCollection(store, { features: FEATURES });
    });
    afterEach(async () => {
      if (store.capabilities.hybrid) await store.drop(name);
    });

    const found = async (text: string, request: Partial<SearchRequest> = {}) => {
      const hits = await store.search(name, { vector: NEAR, k: 5, ...request, text });
      const scores = hits.map(({ score }) => score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      return hits.map(({ id }) => id);
    };

    it("finds a word that only the text has, though the vector is far", async () => {
      await write(store, name, { upserts: [...CROWD, ZEPPELIN] });
      expect(await store.describe(name)).toEqual({ name, ...VECTORS, features: FEATURES });
      const plain = await store.search(name, { vector: NEAR, k: 5 });
      expect(plain.map(({ id }) => id)).not.toContain(ZEPPELIN.id);
      expect((await found("Zeppelins"))[0]).toBe(ZEPPELIN.id);
      expect(await found("Zeppelins", { k: 100 })).toHaveLength(41);
      const [hit] = await store.search(name, { vector: NEAR, k: 1, text: "zeppelin", payload: [] });
      expect(hit).toMatchObject({ text: ZEPPELIN.text, metadata: ZEPPELIN.metadata });
      expect(hit?.payload).toEqual({});
    });

    it("puts first what is near and has the word", async () => {
      const both = point({ key: { id: "both" }, vector: axis(0, 0.001), text: "A sea without a zeppelin" });
      await write(store, name, { upserts: [...CROWD, ZEPPELIN, both] });
      const [first, ...others] = await found("zeppelin");
      expect(first).toBe(both.id);
      expect(others).toContain(ZEPPELIN.id);
      expect(others).toContain(CROWD[0]?.id);
    });

    it("finds what is near for text without words, or with words that no text has", async () => {
      await write(store, name, { upserts: CROWD });
      const nearest = CROWD.slice(0, 5).map(({ id }) => id);
      expect(await found("?! …")).toEqual(nearest);
      expect(await found("xylophone")).toEqual(nearest);
      expect(await found("")).toEqual(nearest);
    });

    it("narrows both by the filter", async ({ skip }) => {
      skip(!store.capabilities.filters, "can't filter by columns");
      await write(store, name, { upserts: [...CROWD, ZEPPELIN] });
      const request = { k: 100, filter: { field: "shelf", equals: "odd" } } as const;
      const odd = CROWD.filter(({ payload }) => payload["shelf"] === "odd").map(({ id }) => id);
      expect((await found("zeppelin library", request)).sort()).toEqual(odd.sort());
      expect(await found("zeppelin", { filter: { field: "shelf", equals: "far" } })).toEqual([ZEPPELIN.id]);
    });

    it("weighs rare words more than frequent ones", async () => {
      const rare = far({ key: { id: "rare" }, text: "An aardvark, and then many more words that no other book has" });
      const frequent = far({ key: { id: "frequent" }, vector: axis(0, 1), text: "common common common" });
      await write(store, name, { upserts: [...CROWD, rare, frequent] });
      const ids = await found("a common aardvark", { k: 42 });
      expect(ids.indexOf(rare.id)).toBeLessThan(ids.indexOf(frequent.id));
    });

    it("keeps the terms when everything but the vector is replaced", async () => {
      await write(store, name, { upserts: [...CROWD, ZEPPELIN] });
      const moved = { ...withoutVector(ZEPPELIN), payload: { shelf: "moved" } };
      await write(store, name, { payloads: [moved] });
      const [hit] = await store.search(name, { vector: NEAR, k: 1, text: "zeppelin" });
      expect(hit).toMatchObject({ ...moved });
    });

    it("forgets the terms of a text that was replaced or deleted", async () => {
      await write(store, name, { upserts: [...CROWD, ZEPPELIN] });
      await write(store, name, { upserts: [far({ lsn: 200n, text: "A submarine under the sea" })] });
      expect(await found("zeppelin")).not.toContain(ZEPPELIN.id);
      expect((await found("submarine"))[0]).toBe(ZEPPELIN.id);
      await write(store, name, { deletes: [{ id: ZEPPELIN.id, position: null }] });
      expect(await found("submarine", { k: 100 })).not.toContain(ZEPPELIN.id);
    });

    it("retrieves points whole", async () => {
      await write(store, name, { upserts: [ZEPPELIN] });
      const retrieved = (await store.retrieve(name, [ZEPPELIN.id])).get(ZEPPELIN.id);
      expect(retrieved).toMatchObject({ ...withoutVector(ZEPPELIN) });
      for (const [place, part] of FAR.entries()) expect(retrieved?.vector[place]).toBeCloseTo(part, 5);
    });

    it.each([
      ["another script, in another case", "Самые КНИГИ лежат здесь", "книги"],
      ["accents written apart", "Un cafe\u0301 au lait", "CAFÉ"],
      ["no spaces", "我喜欢图书馆的书", "图书馆"],
      ["emoji beside words", "📚 zyzzyva 🐞", "zyzzyva"],
      ["digits", "ISBN 9780441172719", "9780441172719"],
    ])("finds words of text with %s", async (_what, text, asked) => {
      const unicode = far({ text });
      await write(store, name, { upserts: [...CROWD, unicode] });
      expect((await found(asked))[0]).toBe(unicode.id);
    });

    it("refuses a threshold beside text", async () => {
      const refused = store.search(name, { vector: NEAR, k: 1, text: "zeppelin", threshold: 0.5 });
      await expect(refused).rejects.toThrow(InputRefusedError);
      await expect(refused).rejects.toThrow(/threshold/);
    });

    it("takes texts without words, and empty ones", async () => {
      const silent = ["", "  ", "—…!", "the"].map((text) => point({ key: { text }, text }));
      await write(store, name, { upserts: silent });
      expect(await store.count(name)).toBe(silent.length);
      expect((await found("the", { k: 10 })).sort()).toEqual(silent.map(({ id }) => id).sort());
    });
  });
}
