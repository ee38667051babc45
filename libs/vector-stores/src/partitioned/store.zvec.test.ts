import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import { stringifyJson } from "@freshet/schemas/lossless-json";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { axis, batch, newCollection, point, VECTORS, withoutVector, write } from "../contract/sample.js";
import { describeVectorStore } from "../contract/vector-store-contract.js";
import { CollectionMismatchError, InputRefusedError } from "../errors.js";
import type { PayloadFilter } from "../payload-filter.js";
import type { VectorStore } from "../vector-store.js";
import { openZvecStore } from "../zvec/store.js";
import { ColumnPartitioning } from "./column-partitioning.js";
import { PartitionedStore } from "./store.js";
import { refuseUnreadPartitions } from "./unread-partitions.js";

const folders: string[] = [];
const openZvec = async () => {
  const folder = await mkdtemp(join(tmpdir(), "freshet-zvec-"));
  folders.push(folder);
  return openZvecStore({ directory: join(folder, "store") });
};
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

/** Some payloads in the root, some in each of two partitions. */
function partOf(payload: JsonObject): string | null {
  const sum = Buffer.from(stringifyJson(payload)).reduce((total, byte) => total + byte, 0);
  return [null, "a", "b"][sum % 3] ?? null;
}

describeVectorStore("partitioned zvec", async () => {
  return new PartitionedStore({ store: await openZvec(), partitioning: { partitionOf: partOf, mayMatch: () => true } });
});

describe("a store partitioned by a column", () => {
  let zvec: VectorStore;
  let store: VectorStore;
  let root: string;
  beforeAll(async () => {
    zvec = await openZvec();
    return () => zvec.close();
  });
  beforeEach(async () => {
    store = new PartitionedStore({
      store: zvec,
      partitioning: new ColumnPartitioning({ column: "lang" }),
      maxPartitions: 3,
    });
    root = await newCollection(store, { features: { fields: { lang: "keyword" }, tenant: null, hybrid: false } });
    return () => store.drop(root);
  });

  const inLang = (lang: string | null, options: Parameters<typeof point>[0] = {}) =>
    point({ payload: { lang }, ...options });
  const nameOf = (lang: string) => `${root}.by.lang.text.${lang}`;
  /** Where points lie, and how many. */
  const placed = async () => {
    const names = (await zvec.list()).filter((name) => name.startsWith(root)).sort();
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name.slice(root.length), await zvec.count(name)] as const)),
    );
  };
  const langs = async (filter?: PayloadFilter) => {
    const hits = await store.search(root, { vector: axis(0), k: 10, filter });
    return hits.map(({ payload }) => payload["lang"]);
  };

  it("lays rows by their value, and finds the best of all", async () => {
    const upserts = ["en", "de", null, "en"].map((lang, id) =>
      inLang(lang, { key: { id }, vector: axis(0, 0.4 * id) }),
    );
    await write(store, root, { upserts });
    expect(await placed()).toEqual({ "": 1, ".by.lang.text.de": 1, ".by.lang.text.en": 2 });
    expect(await langs()).toEqual(["en", "de", null, "en"]);
    expect((await store.search(root, { vector: axis(0), k: 2 })).map(({ id }) => id)).toEqual(
      upserts.slice(0, 2).map(({ id }) => id),
    );
    expect(await store.count(root)).toBe(4);
    expect(await store.list()).toContain(root);
    expect(await store.list()).not.toContain(nameOf("en"));
  });

  it("asks those partitions alone that can match", async () => {
    await write(store, root, {
      upserts: [inLang("en"), inLang("de", { key: { id: 2 } }), inLang(null, { key: { id: 3 } })],
    });
    // One that only a search of its partition can find.
    await write(zvec, nameOf("en"), { upserts: [inLang("de", { key: { id: "astray" } })] });
    expect(await langs({ field: "lang", equals: "de" })).toEqual(["de"]);
    expect(await langs({ not: { field: "lang", equals: "en" } })).toHaveLength(3);
    expect(await langs({ field: "lang", isNull: true })).toEqual([null]);
  });

  it.each(["whole", "payload"] as const)(
    "moves a row (%s) with its vector, and drops what it has emptied",
    async (how) => {
      await write(store, root, { upserts: [inLang("en", { vector: axis(0), lsn: 1n })] });
      const moved = inLang("de", { vector: axis(0), lsn: 2n });
      await write(store, root, how === "whole" ? { upserts: [moved] } : { payloads: [withoutVector(moved)] });
      expect(await placed()).toEqual({ "": 0, ".by.lang.text.de": 1 });
      const [hit] = await store.search(root, { vector: axis(0), k: 9 });
      expect(hit?.score).toBeCloseTo(1, 5);
      expect(hit).toMatchObject(withoutVector(moved));
      await write(store, root, { deletes: [{ id: moved.id, position: moved.metadata.position }] });
      expect(await placed()).toEqual({ "": 0 });
    },
  );

  it("leaves a row where its newest position is, whatever comes late", async () => {
    const newest = inLang("de", { lsn: 5n });
    await write(store, root, { upserts: [newest] });
    for (const late of [
      inLang("en", { lsn: 4n }),
      inLang(null, { lsn: 3n }),
      inLang("de", { lsn: 2n, text: "late" }),
    ]) {
      await write(store, root, { upserts: [late] });
      await write(store, root, { payloads: [withoutVector(late)] });
      await write(store, root, { deletes: [{ id: late.id, position: late.metadata.position }] });
    }
    expect(await placed()).toMatchObject({ "": 0, ".by.lang.text.de": 1 });
    expect((await store.read(root, [newest.id])).get(newest.id)).toEqual(newest.metadata);
  });

  describe("after a crash between the two writes of a move", () => {
    const before = () => inLang("en", { lsn: 1n, textHash: "1".repeat(64), vector: axis(1) });
    const after = () => inLang("de", { lsn: 2n, textHash: "2".repeat(64), vector: axis(2) });
    beforeEach(async () => {
      await write(store, root, { upserts: [before()] });
      let writes = 0;
      const crash = () => {
        writes += 1;
        if (writes > 1) throw new Error("crashed");
      };
      await expect(store.apply(root, batch({ upserts: [after()] }), crash)).rejects.toThrow("crashed");
      expect(await placed()).toEqual({ "": 0, ".by.lang.text.de": 1, ".by.lang.text.en": 1 });
    });
    const only = { "": 0, ".by.lang.text.de": 1 };

    it("finds and gives the newer copy alone, and tells the older one to whoever compares", async () => {
      expect(await langs()).toEqual(["de"]);
      expect((await store.retrieve(root, [after().id])).get(after().id)).toMatchObject(withoutVector(after()));
      expect((await store.read(root, [after().id])).get(after().id)).toEqual(before().metadata);
      const { points } = await store.scroll(root, 10, null);
      expect(points).toEqual([{ id: after().id, metadata: before().metadata }]);
    });

    it("removes the older copy when the row comes again", async () => {
      await write(store, root, { upserts: [after()] });
      expect(await placed()).toEqual(only);
      expect(await langs()).toEqual(["de"]);
    });

    it("takes the vector of the copy whose text it is", async () => {
      const update = withoutVector({
        ...inLang("de", { lsn: 3n }),
        metadata: { ...before().metadata, position: { epoch: 1, commitLsn: 3n, seq: 0 } },
      });
      await write(store, root, { payloads: [update] });
      expect(await placed()).toEqual(only);
      const [hit] = await store.search(root, { vector: axis(1), k: 1 });
      expect(hit?.score).toBeCloseTo(1, 5);
    });

    it.each([2n, null])("deletes both copies (position %s)", async (lsn) => {
      const position = lsn === null ? null : { epoch: 1, commitLsn: lsn, seq: 0 };
      await write(store, root, { deletes: [{ id: after().id, position }] });
      expect(await placed()).toEqual({ "": 0 });
    });
  });

  it("deletes what is older in all partitions", async () => {
    await write(store, root, {
      upserts: ["en", "de", null].map((lang, id) => inLang(lang, { key: { id }, lsn: BigInt(id + 1) })),
    });
    const position = { epoch: 1, commitLsn: 3n, seq: 0 };
    await store.deleteOlder(root, { table: "public.books", partition: 0, position }, () => undefined);
    expect(await placed()).toEqual({ "": 1 });
  });

  it("loses no row that comes into a partition while the last one goes", async () => {
    const [goes, comes] = [{ key: { id: "goes" } }, { key: { id: "comes" } }];
    // The later the one comes, the nearer to the moment at which the other has gone.
    for (let later = 0; later < 16; later += 1) {
      const lsn = BigInt(later * 3);
      await write(store, root, { upserts: [inLang("en", { ...goes, lsn }), inLang(null, { ...comes, lsn })] });
      const coming = (async () => {
        for (let step = 0; step < later; step += 1) await zvec.count(root);
        await write(store, root, { upserts: [inLang("en", { ...comes, lsn: lsn + 1n })] });
      })();
      await Promise.all([coming, write(store, root, { upserts: [inLang(null, { ...goes, lsn: lsn + 1n })] })]);
      expect(await placed()).toEqual({ "": 1, ".by.lang.text.en": 1 });
      await write(store, root, { upserts: [inLang(null, { ...comes, lsn: lsn + 2n })] });
    }
  });

  it("has no more partitions than it may, and names the rows that would need another", async () => {
    await write(store, root, { upserts: ["en", "de"].map((lang, id) => inLang(lang, { key: { id } })) });
    const others = ["fr", "it"].map((lang) => inLang(lang, { key: { lang } }));
    const refused = await write(store, root, { upserts: [inLang("en", { key: { id: 3 } }), ...others] }).catch(
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(InputRefusedError);
    expect((refused as InputRefusedError).ids).toEqual(others.map(({ id }) => id));
    expect((refused as Error).message).toMatch(/as many partitions as it can have, 3\. Partition the index/);
    await write(store, root, { upserts: others.slice(0, 1) });
    expect(await store.count(root)).toBe(3);
  });

  it("isn't read as a collection without partitions", async () => {
    await write(store, root, { upserts: [inLang("en"), inLang("de", { key: { id: 2 } })] });
    await refuseUnreadPartitions(store, root);
    const refused = refuseUnreadPartitions(zvec, root);
    await expect(refused).rejects.toThrow(CollectionMismatchError);
    await expect(refused).rejects.toThrow(/has 2 partitions.*Set partitionBy/);
  });

  it("keeps the fields of all partitions alike, and refuses what partitions can't have", async () => {
    await write(store, root, { upserts: [inLang("en")] });
    const features = { fields: { lang: "keyword", year: "integer" }, tenant: null, hybrid: false } as const;
    await store.ensureCollection({ name: root, ...VECTORS, features });
    expect((await zvec.describe(nameOf("en")))?.features).toEqual(features);
    const hybrid = { ...VECTORS, features: { ...features, hybrid: true } };
    await expect(store.ensureCollection({ name: "x", ...hybrid })).rejects.toThrow(InputRefusedError);
    await expect(store.ensureCollection({ name: nameOf("en"), ...VECTORS })).rejects.toThrow(/kept for partitions/);
    await expect(store.search(root, { vector: axis(0), text: "words", k: 1 })).rejects.toThrow(/mode dense/);
  });
});
