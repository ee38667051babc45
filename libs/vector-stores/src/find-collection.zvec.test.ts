import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { collectionName } from "./collection-name.js";
import { MODEL, VECTORS } from "./contract/sample.js";
import { collectionsOf, findCollection } from "./find-collection.js";
import { openZvecStore } from "./zvec/store.js";

async function openStore() {
  const directory = await mkdtemp(join(tmpdir(), "freshet-find-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  let store = await openZvecStore({ directory });
  onTestFinished(() => store.close());
  const make = async (index: string, generation: number, { known = true, model = MODEL } = {}) => {
    const name = collectionName(index, model, generation);
    const origin = known ? { index, generation, definition: { made: generation } } : null;
    await store.ensureCollection({ ...VECTORS, name, model, origin });
    return name;
  };
  const find = async (index: string, generation: number) => (await findCollection(store, { index, generation }))?.name;
  const reopen = async () => {
    await store.close();
    store = await openZvecStore({ directory });
  };
  return { store: () => store, make, find, reopen };
}

it("finds each generation of each index, whatever their names look like, also after a restart", async () => {
  const { store, make, find, reopen } = await openStore();
  const made = new Map<string, string>();
  for (const index of ["books", "books_2", "books-2", "books_3f9a1c", "book"]) {
    for (const generation of [1, 2, 10]) made.set(`${index} ${generation}`, await make(index, generation));
  }
  expect(new Set(made.values()).size).toBe(made.size);
  await store().ensureCollection({ ...VECTORS, name: `${made.get("books 2")}.by.lang.text.en` });
  await reopen();
  for (const [which, name] of made) {
    const [index = "", generation] = which.split(" ");
    expect(await find(index, Number(generation))).toBe(name);
    expect(await find(index, 3)).toBeUndefined();
  }
  const found = await collectionsOf(store(), "books");
  expect(found.map(({ origin }) => origin?.generation).sort()).toEqual([1, 10, 2]);
  expect(found.map(({ origin }) => origin?.definition)).toContainEqual({ made: 10 });
});

it("takes a collection of older versions for the first generation's, by its name or by the alias", async () => {
  const { store, make, find } = await openStore();
  const named = await make("books", 1, { known: false });
  expect(await find("books", 1)).toBe(named);
  const later = await make("books", 2);
  await store().swapAlias("books", later);
  expect([await find("books", 1), await find("books", 2)]).toEqual([named, later]);

  await store().ensureCollection({ ...VECTORS, name: "restored by hand" });
  await store().swapAlias("films", "restored by hand");
  expect([await find("films", 1), await find("films", 2)]).toEqual(["restored by hand", undefined]);
  // A sink that has found it writes its origin.
  const origin = { index: "films", generation: 1, definition: null };
  await store().ensureCollection({ ...VECTORS, name: "restored by hand", origin });
  expect([await find("films", 1), await find("films", 2)]).toEqual(["restored by hand", undefined]);
  await store().swapAlias("notes", later);
  expect(await find("notes", 1)).toBeUndefined();
});

it("prefers the one that is searched where an older version left two, and then the one that was found so", async () => {
  const { store, make, find } = await openStore();
  const models = ["beef", "cafe", "f00d"].map((revision) => ({ ...MODEL, revision }));
  const made = new Map<string, typeof MODEL>();
  for (const model of models) made.set(await make("books", 1, { known: false, model }), model);
  const names = [...made.keys()].sort();
  for (const name of names) {
    await store().swapAlias("books", name);
    expect(await find("books", 1)).toBe(name);
  }
  const [last = ""] = names.slice(-1);
  const origin = { index: "books", generation: 1, definition: null };
  await store().ensureCollection({ ...VECTORS, name: last, model: made.get(last) ?? MODEL, origin });
  await store().swapAlias("books", await make("books", 2));
  expect(await find("books", 1)).toBe(last);
});
