import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newCollection, point, write } from "@freshet/vector-stores/contract/sample";
import { openZvecStore } from "@freshet/vector-stores/zvec/store";
import { expect, it, onTestFinished } from "vitest";
import { StoreOptimisation } from "./store-optimisation.js";

it("builds the search index of what came since it was built", async () => {
  const directory = await mkdtemp(join(tmpdir(), "freshet-zvec-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const store = await openZvecStore({ directory });
  onTestFinished(() => store.close());
  const name = await newCollection(store);
  await newCollection(store);
  const points = (batch: number) => Array.from({ length: 300 }, (_, id) => point({ key: { batch, id } }));
  await write(store, name, { upserts: points(0) });
  await store.finishLoad(name);
  await write(store, name, { upserts: points(1) });
  const sizeOf = async () => (await store.files.sizes()).find((size) => size.name === name);
  expect((await sizeOf())?.indexed).toBeLessThan(1);

  const optimisation = new StoreOptimisation(store);
  const [one, other] = await Promise.all([optimisation.run(), optimisation.run()]);
  expect([one.finished, other.finished]).toEqual([true, true]);
  expect(one.collections).toHaveLength(2);
  expect(await sizeOf()).toMatchObject({ points: 600, indexed: 1 });
});
