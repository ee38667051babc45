import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { CollectionMismatchError } from "../errors.js";
import type { VectorStore } from "../vector-store.js";
import { MODEL, newCollection, point, write } from "./sample.js";

export function collectionsContract(opened: () => VectorStore): void {
  it("describes a collection by the model it was made for, and knows no others", async () => {
    const store = opened();
    const name = await newCollection(store);
    expect(await store.describe(name)).toEqual({ name, model: MODEL });
    expect(await store.describe(`${name}_other`)).toBeNull();
    expect(await store.count(name)).toBe(0);
    await store.drop(name);
  });

  it("ensures a collection again without touching its points", async () => {
    const store = opened();
    const name = await newCollection(store);
    await write(store, name, { upserts: [point()] });
    await store.ensureCollection({ name, model: MODEL });
    expect(await store.count(name)).toBe(1);
    await store.drop(name);
  });

  it.each([
    ["name", { ...MODEL, name: "test/other" }],
    ["revision", { ...MODEL, revision: "beef" }],
    ["dtype", { ...MODEL, dtype: "q8" }],
    ["dimension", { ...MODEL, dimensions: 16 }],
  ])("refuses a model of another %s, with the cure", async (_what, model) => {
    const store = opened();
    const name = await newCollection(store);
    const refused = store.ensureCollection({ name, model });
    await expect(refused).rejects.toThrow(CollectionMismatchError);
    await expect(refused).rejects.toThrow(/another name in freshet\.yaml/);
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

  it("drops a collection with its points, and makes it anew empty", async () => {
    const store = opened();
    const name = await newCollection(store);
    await write(store, name, { upserts: [point()] });
    await store.drop(name);
    expect(await store.describe(name)).toBeNull();
    await store.drop(name);
    await store.ensureCollection({ name, model: { ...MODEL, dimensions: 16 } });
    expect(await store.count(name)).toBe(0);
    await store.drop(name);
  });
}
