import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { CollectionSpec } from "../collection-spec.js";
import { CollectionMismatchError, InputRefusedError } from "../errors.js";
import type { VectorStore } from "../vector-store.js";
import { MODEL, newCollection, point, VECTORS, withoutVector, write } from "./sample.js";

const KINDS = /\b(Qdrant|pgvector|zvec|Chroma|Weaviate|Milvus|Pinecone)\b.* .*\.$/;

export function collectionsContract(opened: () => VectorStore, open: () => Promise<VectorStore>): void {
  it("says in a sentence what answers", async () => {
    const store = opened();
    const name = await newCollection(store);
    expect(await store.check()).toMatch(KINDS);
    await store.drop(name);
  });

  it("lists the collections, not the aliases", async () => {
    const store = opened();
    const alias = `alias_${randomUUID()}`;
    const made = [await newCollection(store), await newCollection(store)];
    await store.swapAlias(alias, made[0] ?? "");
    // A server may have others' collections too.
    const listed = async () => (await store.list()).filter((name) => [...made, alias].includes(name)).sort();
    expect(await listed()).toEqual(made.sort());
    for (const name of made) await store.drop(name);
    expect(await listed()).toEqual([]);
  });

  it("describes a collection by the model it was made for, and knows no others", async () => {
    const store = opened();
    const name = await newCollection(store);
    expect(await store.describe(name)).toEqual({ name, ...VECTORS });
    expect(await store.describe(`${name}_other`)).toBeNull();
    expect(await store.count(name)).toBe(0);
    await store.drop(name);
  });

  it("ensures a collection again without touching its points", async () => {
    const store = opened();
    const name = await newCollection(store);
    await write(store, name, { upserts: [point()] });
    await store.ensureCollection({ name, ...VECTORS });
    expect(await store.count(name)).toBe(1);
    await store.drop(name);
  });

  it("is made, grown and named once by writers that come at the same time", async ({ skip }) => {
    const store = opened();
    skip(store.capabilities.singleProcess, "has one writer at most");
    const others = await Promise.all([open(), open(), open()]);
    const writers = [store, ...others];
    const origin = { index: "books", generation: 1, definition: null };
    const withFields = (fields: CollectionSpec["features"]["fields"]) => ({ ...VECTORS.features, fields });
    for (const round of [1, 2, 3]) {
      const [name, alias] = [`test_${randomUUID()}`, `alias_${randomUUID()}`];
      const spec = { name, ...VECTORS, features: withFields({ shelf: "keyword" }), origin };
      const making = writers.map(async (writer, place) => {
        await writer.ensureCollection(spec);
        await write(writer, name, { upserts: [point({ key: { round, writer: place } })] });
        await writer.swapAlias(alias, name);
      });
      await Promise.all(making);
      expect(await store.describe(name)).toEqual(spec);
      expect(await store.count(name)).toBe(writers.length);
      expect(await store.resolveAlias(alias)).toBe(name);

      const grown = { ...spec, features: withFields({ shelf: "keyword", language: "keyword" }) };
      const growing = await Promise.allSettled(writers.map((writer) => writer.ensureCollection(grown)));
      const refusals = growing.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
      // Some stores take none later.
      if (refusals.length === writers.length) expect(refusals[0]).toBeInstanceOf(CollectionMismatchError);
      else expect([refusals, await store.describe(name)]).toEqual([[], grown]);
      expect(await store.count(name)).toBe(writers.length);
      await store.drop(name);
    }
    for (const other of others) await other.close();
  });

  it.each([
    ["name", { ...MODEL, name: "test/other" }],
    ["revision", { ...MODEL, revision: "beef" }],
    ["dtype", { ...MODEL, dtype: "q8" }],
    ["dimension", { ...MODEL, dimensions: 16 }],
  ])("refuses a model of another %s, with the cure", async (_what, model) => {
    const store = opened();
    const name = await newCollection(store);
    const refused = store.ensureCollection({ name, ...VECTORS, model });
    await expect(refused).rejects.toThrow(CollectionMismatchError);
    await expect(refused).rejects.toThrow(/another name in freshet\.yaml/);
    await store.drop(name);
  });

  it("refuses another distance, with the cure", async () => {
    const store = opened();
    const name = await newCollection(store, { distance: "dot" });
    expect(await store.describe(name)).toMatchObject({ distance: "dot" });
    const refused = store.ensureCollection({ name, ...VECTORS });
    await expect(refused).rejects.toThrow(CollectionMismatchError);
    await expect(refused).rejects.toThrow(/set the store's distance back to dot/);
    await store.drop(name);
  });

  it("keeps of which generation a collection is, and takes it anew, but no other one", async () => {
    const store = opened();
    const name = await newCollection(store);
    const definition = {
      index: { text: "{{ title }} ☃", payload: ["title"] },
      distances: { main: "cosine" },
      price: 1.5,
    };
    const origin = { index: "books", generation: 2, definition };
    await store.ensureCollection({ name, ...VECTORS, origin });
    await store.ensureCollection({ name, ...VECTORS });
    const other = store.capabilities.singleProcess ? store : await open();
    expect(await other.describe(name)).toEqual({ name, ...VECTORS, origin });
    const later = { ...origin, definition: { ...definition, price: 2 } };
    await store.ensureCollection({ name, ...VECTORS, origin: later });
    expect(await other.describe(name)).toEqual({ name, ...VECTORS, origin: later });
    for (const wrong of [{ generation: 3 }, { index: "films" }]) {
      const refused = store.ensureCollection({ name, ...VECTORS, origin: { ...origin, ...wrong } });
      await expect(refused).rejects.toThrow(CollectionMismatchError);
    }
    if (other !== store) await other.close();
    await store.drop(name);
    const made = await newCollection(store, { origin });
    expect(await store.describe(made)).toEqual({ name: made, ...VECTORS, origin });
    await store.drop(made);
  });

  it("refuses to take the terms from a hybrid collection, with the cure", async ({ skip }) => {
    const store = opened();
    skip(!store.capabilities.hybrid, "can't search by words");
    const features = { ...VECTORS.features, hybrid: true };
    const name = await newCollection(store, { features });
    const refused = store.ensureCollection({ name, ...VECTORS });
    await expect(refused).rejects.toThrow(CollectionMismatchError);
    await expect(refused).rejects.toThrow(/set hybrid: true/);
    expect(await store.describe(name)).toMatchObject({ features });
    await store.drop(name);
  });

  it("swaps an alias from one collection to another", async () => {
    const store = opened();
    const [first, second, alias] = [await newCollection(store), await newCollection(store), `alias_${randomUUID()}`];
    expect(await store.resolveAlias(alias)).toBeNull();
    await store.swapAlias(alias, first);
    expect(await store.resolveAlias(alias)).toBe(first);
    await store.swapAlias(alias, second);
    await store.swapAlias(alias, second);
    expect(await store.resolveAlias(alias)).toBe(second);
    await store.drop(first);
    expect(await store.resolveAlias(alias)).toBe(second);
    await store.drop(second);
    expect(await store.resolveAlias(alias)).toBeNull();
  });

  it("answers who reads an alias while it is swapped with the one or the other", async ({ skip }) => {
    const store = opened();
    skip(!store.capabilities.atomicAliasSwap, "can't swap an alias in one go");
    const [first, second, alias] = [await newCollection(store), await newCollection(store), `alias_${randomUUID()}`];
    await store.swapAlias(alias, first);
    const seen = new Set<string | null>();
    const swaps = (async () => {
      for (let swap = 0; swap < 20; swap += 1) await store.swapAlias(alias, swap % 2 === 0 ? second : first);
      return "swapped" as const;
    })();
    let state: "swapped" | undefined;
    while (state === undefined) {
      seen.add(await store.resolveAlias(alias));
      state = await Promise.race([swaps, Promise.resolve(undefined)]);
    }
    expect([first, second]).toEqual(expect.arrayContaining([...seen]));
    await store.drop(first);
    await store.drop(second);
  });

  it.each([
    ["quotes", `it's "quoted" \`so\``],
    ["spaces", "  two  words\t"],
    ["SQL", `x"; DROP TABLE y; --`],
    ["a path", "../../up/and/away"],
    ["wild cards", "%_*?[a-z]"],
    ["other scripts", "книги 図書館 ñ"],
    ["emoji", "📚🏳️‍🌈"],
    ["a very long name", "long".repeat(60)],
    ["emoji at a very long name's cut", `${"x".repeat(61)}📚📚`],
    ["another case", "BOOKS"],
    ["a null character", "a\0b"],
  ])("takes %s as the name of collection and alias, or refuses it with a sentence", async (_what, hostile) => {
    const store = opened();
    const name = `${hostile}${randomUUID().slice(0, 8)}`;
    const alias = `${name} alias`;
    const refusal = await store.ensureCollection({ name, ...VECTORS }).catch((error: unknown) => error);
    if (refusal !== undefined) {
      expect(refusal).toBeInstanceOf(InputRefusedError);
      expect((refusal as Error).message).toMatch(/ .* /);
      return;
    }
    const neighbour = await newCollection(store, { name: `${name}2` });
    expect(neighbour).not.toBe(name);
    await write(store, name, { upserts: [point()] });
    await store.swapAlias(alias, name);
    expect(await store.resolveAlias(alias)).toBe(name);
    expect(await store.describe(name)).toEqual({ name, ...VECTORS });
    expect([await store.count(name), await store.count(neighbour)]).toEqual([1, 0]);
    await store.drop(name);
    await store.drop(neighbour);
    expect(await store.resolveAlias(alias)).toBeNull();
  });

  it("does nothing with a collection that somebody deleted under way, and says so", async () => {
    const store = opened();
    const name = await newCollection(store);
    await write(store, name, { upserts: [point()] });
    const somebody = store.capabilities.singleProcess ? store : await open();
    await somebody.drop(name);
    if (somebody !== store) await somebody.close();
    const { id, metadata } = point();
    const { table, partition, position } = metadata;
    const attempts = [
      () => write(store, name, { upserts: [point()] }),
      () => write(store, name, { payloads: [withoutVector(point())] }),
      () => write(store, name, { deletes: [{ id, position }] }),
      () => store.deleteOlder(name, { table, partition, position }, () => undefined),
      () => store.read(name, [id]),
    ];
    for (const attempt of attempts) {
      const failure = await attempt().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      // It isn't the points' fault.
      expect(failure).not.toBeInstanceOf(InputRefusedError);
      expect((failure as Error).message).toContain(name);
    }
    expect(await store.describe(name)).toBeNull();
  });

  it("drops a collection with its points, and makes it anew empty", async () => {
    const store = opened();
    const name = await newCollection(store);
    await write(store, name, { upserts: [point()] });
    await store.drop(name);
    expect(await store.describe(name)).toBeNull();
    await store.drop(name);
    await store.ensureCollection({ name, ...VECTORS, model: { ...MODEL, dimensions: 16 } });
    expect(await store.count(name)).toBe(0);
    await store.drop(name);
  });
}
