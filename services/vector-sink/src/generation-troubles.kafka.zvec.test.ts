import { join } from "node:path";
import { collectionName } from "@freshet/vector-stores/collection-name";
import { VECTORS } from "@freshet/vector-stores/contract/sample";
import { findCollection } from "@freshet/vector-stores/find-collection";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";
import { openZvecStore } from "@freshet/vector-stores/zvec/store";
import { expect, it, vi } from "vitest";
import { MODEL, upsert } from "./testing/documents.js";
import { prepareScene, rowsOf } from "./testing/scene.js";

const OTHER = { ...MODEL, name: "test/other" };
const [SECOND, THIRD, FOURTH] = [
  { number: 2, documents: 2 },
  { number: 3, documents: 3 },
  { number: 4, documents: 4 },
];
const SOON = { timeout: 60_000, interval: 50 };

type Scene = Awaited<ReturnType<typeof prepareScene>>;

const nameOf = async (store: SearchableStore, { index }: Scene, generation: number) =>
  (await findCollection(store, { index, generation }))?.name ?? null;

it("makes the collections of an index without rows, and gives the alias to the one that is to answer", async () => {
  const scene = await prepareScene();
  const { index, record, report } = scene;
  await scene.createTopic();
  await scene.createTopic(2);
  const { store } = await scene.start();
  const opened = (documents: number, model: typeof MODEL) =>
    report({ kind: "model", index, documents, model, updatedAt: Date.now() });
  await opened(1, MODEL);
  await vi.waitFor(async () => expect(await store.resolveAlias(index)).toBe(collectionName(index, MODEL)), SOON);
  await record(1, [{}, SECOND]);
  await opened(2, OTHER);
  await vi.waitFor(async () => expect(await nameOf(store, scene, 2)).not.toBeNull(), SOON);
  expect(await store.resolveAlias(index)).toBe(collectionName(index, MODEL));
  await record(2, [{}, SECOND]);
  await vi.waitFor(async () => expect(await store.resolveAlias(index)).toBe(collectionName(index, OTHER, 2)), SOON);
});

it("goes on with what answers when another generation can't be filled, and tries that again", async () => {
  const scene = await prepareScene();
  const { index, record, produce } = scene;
  await scene.createTopic();
  await scene.createTopic(2);
  await produce([upsert(1, 10, ["one"])]);
  await record(1, [{}, SECOND]);
  const sink = await scene.start();
  await scene.caughtUp();
  await produce([upsert(1, 10, ["eins"], OTHER), upsert(3, 10, ["drei"], { ...OTHER, revision: "beef" })], 2);
  await vi.waitFor(async () => expect(await nameOf(sink.store, scene, 2)).not.toBeNull(), SOON);
  await vi.waitFor(async () => expect(await membersOf(scene, 2)).toBe(0), SOON);
  await produce([upsert(2, 20, ["two"])]);
  await scene.caughtUp();
  expect(await rowsOf(sink, index)).toEqual({ '{"id":1}': ["one"], '{"id":2}': ["two"] });
  expect(sink.sink.readiness()).toEqual({ ready: true });
  await vi.waitFor(async () => expect(await membersOf(scene, 2)).toBe(1), SOON);
});

it("lets another generation answer until one that was lost is filled again", async () => {
  const scene = await prepareScene();
  const { index, folder, record, produce } = scene;
  const rows = Array.from({ length: 6_000 }, (_, id) => upsert(id, 10, ["row"], OTHER));
  await scene.createTopic();
  await scene.createTopic(2);
  await produce([upsert(1, 10, ["one"])]);
  await produce(rows, 2);
  await record(1, [{}, SECOND]);
  const first = await scene.start();
  await scene.caughtUp();
  await scene.caughtUp("main", { generation: 2 });
  await record(2, [{}, SECOND]);
  const [one, two] = [collectionName(index, MODEL), collectionName(index, OTHER, 2)];
  await vi.waitFor(async () => expect(await first.store.resolveAlias(index)).toBe(two), SOON);
  await first.close();

  // As a backup from before has it.
  const store = await openZvecStore({ directory: join(folder, "main") });
  await store.swapAlias(index, one);
  await store.drop(two);
  await store.close();
  const again = await scene.start();
  await vi.waitFor(async () => {
    // Asked before it is counted.
    expect(await again.store.resolveAlias(index)).toBe(two);
  }, SOON);
  expect(await again.store.count(two)).toBe(rows.length);
});

/** A store whose searches are answered by generation 3, of which a record that was made anew knows nothing. */
async function prepareLostRecord() {
  const scene = await prepareScene();
  const { index, record, produce } = scene;
  for (const documents of [1, 3]) {
    await scene.createTopic(documents);
    await produce([upsert(1, 10, ["one"])], documents);
  }
  await record(3, [{}, THIRD]);
  const before = await scene.start();
  const full = collectionName(index, MODEL, 3);
  await vi.waitFor(async () => expect(await before.store.resolveAlias(index)).toBe(full), SOON);
  for (const generation of [1, 3]) await scene.caughtUp("main", { generation });
  await before.close();
  return { ...scene, full };
}

it("leaves searches to a newer generation that a lost record knew, until another one has taken its place", async () => {
  const scene = await prepareLostRecord();
  const { index, record, produce, full } = scene;
  // As a transformer writes it when it finds none.
  await record(1, [{}]);
  const { store } = await scene.start();
  const alias = () => store.resolveAlias(index);
  await scene.createTopic(4);
  await produce([upsert(1, 20, ["eins"], OTHER)], 4);
  await record(1, [{}, FOURTH], { skipped: [2, 3] });
  await scene.caughtUp("main", { generation: 4 });
  expect(await alias()).toBe(full);

  // Taken back before searches were switched.
  await record(1, [{}, FOURTH], { skipped: [2, 3], reindex: { generation: 1, step: "switching", startedAt: 0 } });
  await vi.waitFor(async () => expect(await alias()).toBe(collectionName(index, MODEL)), SOON);
  await record(4, [{}, FOURTH], { skipped: [2, 3] });
  await vi.waitFor(async () => expect(await alias()).toBe(collectionName(index, OTHER, 4)), SOON);
});

it("goes on when the record was lost and the first generation can't be filled any more", async () => {
  const scene = await prepareLostRecord();
  const { index, record, produce, full } = scene;
  const hybrid = { settings: { hybrid: true } };
  await record(1, [hybrid]);
  const { store, sink } = await scene.start();
  await scene.createTopic(4);
  await produce([upsert(1, 20, ["eins"], OTHER)], 4);
  await record(1, [hybrid, FOURTH], { skipped: [2, 3] });
  await scene.caughtUp("main", { generation: 4 });
  expect(await store.resolveAlias(index)).toBe(full);
  await vi.waitFor(() => expect(sink.readiness()).toEqual({ ready: true }), SOON);
  await record(4, [hybrid, FOURTH], { skipped: [2, 3] });
  const fourth = collectionName(index, OTHER, 4);
  await vi.waitFor(async () => expect(await store.resolveAlias(index)).toBe(fourth), SOON);
  expect(sink.readiness()).toEqual({ ready: true });
});

it("takes searches back from a generation that was dropped and came again with its store", async () => {
  const scene = await prepareLostRecord();
  const { index, record } = scene;
  await record(1, [{}], { last: 3 });
  const { store } = await scene.start();
  await vi.waitFor(async () => expect(await store.resolveAlias(index)).toBe(collectionName(index, MODEL)), SOON);
});

it("drops a generation with its partitions when no sink writes it any more, and nothing else", async () => {
  const scene = await prepareScene();
  const { index, folder, record, produce } = scene;
  const partitionBy = { payload: ["id"], partitionBy: { column: "id" } };
  const partitioned = { ...SECOND, settings: partitionBy };
  const neighbours = [collectionName(`${index}_2`, MODEL), collectionName(index, OTHER, 3), `${index}-2`];
  const before = await openZvecStore({ directory: join(folder, "main") });
  const [own = "", third = "", alien = ""] = neighbours;
  await before.ensureCollection({ ...VECTORS, name: own, model: MODEL });
  await before.ensureCollection({ ...VECTORS, name: third, origin: { index, generation: 3, definition: null } });
  await before.ensureCollection({ ...VECTORS, name: alien });
  await before.close();

  await scene.createTopic();
  await scene.createTopic(2);
  await produce([upsert(1, 10, ["one"])]);
  await produce([upsert(1, 10, ["eins"]), upsert(2, 11, ["zwei"])], 2);
  await record(1, [{}, partitioned]);
  const { store, sink } = await scene.start();
  await scene.caughtUp();
  await scene.caughtUp("main", { generation: 2 });
  const root = collectionName(index, MODEL, 2);
  expect((await store.list()).filter((name) => name.startsWith(`${root}.by.`))).toHaveLength(2);
  await record(1, [{}, { ...partitioned, dropping: true }]);
  const left = [collectionName(index, MODEL), ...neighbours].sort();
  await vi.waitFor(async () => expect((await store.list()).sort()).toEqual(left), SOON);
  expect(sink.readiness()).toEqual({ ready: true });
  await produce([upsert(1, 20, ["changed"])]);
  await scene.caughtUp();
});

async function membersOf({ withAdmin, group }: Scene, generation: number): Promise<number> {
  return withAdmin(async (admin) => (await admin.groupProgress(group("main", generation), [])).members);
}
