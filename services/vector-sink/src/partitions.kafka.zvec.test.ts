import { partitionedSearchableStore } from "@freshet/vector-stores/partitioned/open";
import { expect, it } from "vitest";
import { deletion, upsert } from "./testing/documents.js";
import { prepareScene } from "./testing/scene.js";

const BY_LSN = { column: "lsn" };
const SETTINGS = { payload: ["id", "lsn"], filterable: { lsn: "integer" }, partitionBy: BY_LSN };

it("spreads an index over partitions, and goes on no longer when it is to have none", async () => {
  const { index, start, produce, createTopic, caughtUp } = await prepareScene();
  await createTopic();
  await produce([upsert(1, 10, ["one"]), upsert(2, 10, ["two", "chunks"])]);
  const { store, close } = await start(SETTINGS);
  await caughtUp();
  const root = (await store.resolveAlias(index)) ?? "";
  const partitions = async () => (await store.list()).filter((name) => name !== root);
  expect(await partitions()).toEqual([`${root}.by.lsn.number.10`]);

  // The first keeps its text, so its vector goes from partition to partition; the other leaves nothing.
  await produce([upsert(1, 11, ["one"]), ...deletion(2, 12), upsert(4, 13, ["four"])]);
  await caughtUp();
  expect(new Set(await partitions())).toEqual(new Set([11, 13].map((lsn) => `${root}.by.lsn.number.${lsn}`)));
  const read = partitionedSearchableStore(store, BY_LSN);
  const [hit, ...others] = await read.search(root, {
    vector: Float32Array.of(1, 3, 0),
    k: 10,
    filter: { field: "lsn", range: { lt: 13 } },
  });
  expect(hit).toMatchObject({ text: "one", payload: { id: 1, lsn: 11 } });
  expect(hit?.score).toBeCloseTo(1, 5);
  expect(others).toEqual([]);
  expect(await read.count(root)).toBe(2);
  await close();

  await produce([upsert(6, 14, ["six"])]);
  const { ended } = await start();
  await expect(ended).rejects.toThrow(/has 2 partitions.*Set partitionBy/);
});
