import { findCollection } from "@freshet/vector-stores/find-collection";
import { openPgvectorStore } from "@freshet/vector-stores/pgvector/store";
import { startPgvectorServer } from "@freshet/vector-stores/testing/pgvector-server";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";
import { expect, it, onTestFinished, vi } from "vitest";
import { deletion, MODEL, upsert } from "./testing/documents.js";
import { prepareScene } from "./testing/scene.js";

const OTHER = { ...MODEL, name: "test/other" };
const SOON = { timeout: 60_000, interval: 100 };

/** An index in a zvec store and in a pgvector one. */
async function prepareStores() {
  const server = await startPgvectorServer();
  onTestFinished(() => server.stop());
  const scene = await prepareScene({
    stores: { main: { kind: "zvec" }, second: { kind: "pgvector", schema: server.schema } },
    environment: { FRESHET_PGVECTOR_URL: server.url },
  });
  const second = openPgvectorStore({ url: server.url, schema: server.schema });
  onTestFinished(() => second.close());
  const { index } = scene;
  const nameOf = async (store: SearchableStore, generation: number) =>
    (await findCollection(store, { index, generation }))?.name ?? null;
  const textsOf = async (store: SearchableStore, generation: number) => {
    const name = (await nameOf(store, generation)) ?? "";
    const hits = await store.search(name, { vector: Float32Array.of(1, 1, 1), k: 100 });
    return hits.map(({ text }) => text).sort();
  };
  /** Which generation answers searches in each store. */
  const served = async (stores: readonly SearchableStore[]) => {
    const names = await Promise.all(
      stores.map(async (store) => {
        const alias = await store.resolveAlias(index);
        const spec = alias === null ? null : await store.describe(alias);
        return spec?.origin?.generation ?? null;
      }),
    );
    return names;
  };
  const caughtUp = async (of: { generation: number; documents?: number }) => {
    await Promise.all([scene.caughtUp("main", of), scene.caughtUp("second", of)]);
  };
  return { ...scene, second, nameOf, textsOf, served, caughtUp };
}

it("fills a generation beside the one that answers, and answers by the one that the record names", async () => {
  const scene = await prepareStores();
  const { second, record, served, textsOf, nameOf, produce } = scene;
  await scene.createTopic();
  await produce([upsert(1, 10, ["one"]), upsert(2, 11, ["two"])]);
  const first = await scene.start();
  await scene.caughtUp({ generation: 1 });
  const stores = [first.store, second];
  expect(await served(stores)).toEqual([1, 1]);

  const both = [{}, { number: 2, documents: 2, settings: { text: "{{ name }}" } }];
  await record(1, both);
  await scene.createTopic(2);
  await produce([upsert(1, 10, ["eins"], OTHER), upsert(2, 11, ["zwei"], OTHER)], 2);
  await scene.caughtUp({ generation: 2 });
  expect(await served(stores)).toEqual([1, 1]);
  await produce([upsert(1, 20, ["one!"])]);
  await produce([upsert(1, 20, ["eins!"], OTHER)], 2);
  await scene.caughtUp({ generation: 1 });
  await scene.caughtUp({ generation: 2 });
  for (const store of stores) {
    expect([await textsOf(store, 1), await textsOf(store, 2)]).toEqual([
      ["one!", "two"],
      ["eins!", "zwei"],
    ]);
  }

  await record(2, both);
  await vi.waitFor(async () => expect(await served(stores)).toEqual([2, 2]), SOON);
  await record(1, both);
  await vi.waitFor(async () => expect(await served(stores)).toEqual([1, 1]), SOON);
  await first.close();

  // Nobody is there to see it.
  await record(2, both);
  const again = await scene.start({ text: "{{ name }}" });
  const storesAgain = [again.store, second];
  await vi.waitFor(async () => expect(await served(storesAgain)).toEqual([2, 2]), SOON);
  await produce(deletion(2, 30));
  await produce(deletion(2, 30), 2);
  await scene.caughtUp({ generation: 1 });
  await scene.caughtUp({ generation: 2 });

  await record(2, [{ ...both[0], dropping: true }, both[1] ?? {}]);
  for (const store of storesAgain) {
    await vi.waitFor(async () => expect(await nameOf(store, 1)).toBeNull(), SOON);
    expect(await store.list()).toEqual([await nameOf(store, 2)]);
    expect(await textsOf(store, 2)).toEqual(["eins!"]);
  }
  expect(await served(storesAgain)).toEqual([2, 2]);
  await again.close();
  const reported = (await scene.states()).flatMap((state) => (state.kind === "applied" ? [state] : []));
  expect(new Set(reported.map(({ generation }) => generation))).toEqual(new Set([1, 2]));
});

it("is switched and dropped by sinks that share a store, and none of them ends", async () => {
  const server = await startPgvectorServer();
  onTestFinished(() => server.stop());
  const store = openPgvectorStore({ url: server.url, schema: server.schema });
  onTestFinished(() => store.close());
  const scene = await prepareScene({
    stores: { main: { kind: "pgvector", schema: server.schema } },
    environment: { FRESHET_PGVECTOR_URL: server.url },
  });
  const { index, record, produce } = scene;
  const both = [{}, { number: 2, documents: 2 }];
  await scene.createTopic();
  await scene.createTopic(2);
  await produce([upsert(1, 10, ["one"]), upsert(2, 10, ["two"])]);
  await produce([upsert(1, 10, ["eins"], OTHER), upsert(2, 10, ["zwei"], OTHER)], 2);
  await record(1, both);
  const ends: unknown[] = [];
  for (const { ended } of [await scene.start(), await scene.start()]) {
    ended.then(
      () => ends.push("ended"),
      (error: unknown) => ends.push(error),
    );
  }
  const members = async (generation: number) =>
    (await scene.withAdmin((admin) => admin.groupProgress(scene.group("main", generation), []))).members;
  await vi.waitFor(async () => expect([await members(1), await members(2)]).toEqual([2, 2]), SOON);
  await scene.caughtUp("main", { generation: 2 });
  await record(2, both);
  const second = await findCollection(store, { index, generation: 2 });
  await vi.waitFor(async () => expect(await store.resolveAlias(index)).toBe(second?.name), SOON);

  await record(2, [{ dropping: true }, { number: 2, documents: 2 }]);
  await produce([upsert(1, 20, ["too late"])]);
  await vi.waitFor(async () => expect(await store.list()).toEqual([second?.name]), SOON);
  await produce([upsert(1, 20, ["eins!"], OTHER)], 2);
  await scene.caughtUp("main", { generation: 2 });
  expect(await store.count(second?.name ?? "")).toBe(2);
  expect([await members(1), await members(2)]).toEqual([0, 2]);
  expect(ends).toEqual([]);
});
