import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { axis, point, VECTORS, write } from "../contract/sample.js";
import { openZvecStore } from "./store.js";

it("searches and scrolls while the search index is built, writes after it, and leaves off waiting when told to", async () => {
  const directory = await mkdtemp(join(tmpdir(), "freshet-zvec-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const store = await openZvecStore({ directory });
  onTestFinished(() => store.close());
  await store.ensureCollection({ name: "books", ...VECTORS, features: { ...VECTORS.features, hybrid: true } });
  const upserts = Array.from({ length: 20_000 }, (_, id) => point({ key: { id } }));
  await write(store, "books", { upserts });

  const controller = new AbortController();
  const built = store.finishLoad("books", controller.signal);
  const [before] = await store.search("books", { vector: axis(5), k: 1 });
  expect(before?.id).toBeDefined();
  expect((await store.scroll("books", 10, null)).points).toHaveLength(10);
  const words = await store.search("books", { vector: axis(5), k: 1, text: "of" });
  expect(words).toHaveLength(1);
  const later = point({ key: { id: "later" }, vector: axis(5), text: "A zeppelin" });
  const deletes = upserts.slice(0, 10).map(({ id }) => ({ id, position: null }));
  const written = write(store, "books", { upserts: [later], deletes });
  // Whoever asks for what is being built needn't wait, and who waits can leave off.
  await store.finishLoad("books");
  controller.abort(new Error("shutting down"));
  await expect(built).rejects.toThrow("shutting down");
  await written;
  await store.close();

  const again = await openZvecStore({ directory });
  onTestFinished(() => again.close());
  expect(await again.count("books")).toBe(19_991);
  await again.finishLoad("books");
  const [near] = await again.search("books", { vector: axis(5), k: 1 });
  expect(near?.id).toBe(later.id);
  const [word] = await again.search("books", { vector: axis(5), k: 1, text: "zeppelin" });
  expect(word?.id).toBe(later.id);
  expect((await again.retrieve("books", [later.id])).get(later.id)?.vector).toEqual(axis(5));
});
