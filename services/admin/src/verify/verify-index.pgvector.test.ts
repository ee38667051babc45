import { newCollection, point, write, type PointOptions } from "@freshet/vector-stores/contract/sample";
import { BUCKETS, rowDigest } from "@freshet/vector-stores/row-digest";
import { openTestStore } from "@freshet/vector-stores/testing/pgvector-store";
import type { PointLabels, VectorStore } from "@freshet/vector-stores/vector-store";
import { expect, it, onTestFinished, vi } from "vitest";
import { BucketSums } from "./bucket-sums.js";
import { IndexRows } from "./index-rows.js";
import type { SourceRows } from "./source-rows.js";
import { verifyIndex } from "./verify-index.js";

const [OLD, NEW] = ["a".repeat(64), "b".repeat(64)];
const keyOf = (id: number) => `{"id":${id}}`;
const bucketOf = (id: number) => rowDigest(keyOf(id), null).bucket;

const { store } = await openTestStore();

function labelsOf({ labels }: VectorStore): PointLabels {
  if (labels === undefined) throw new Error("pgvector reads labels");
  return labels;
}

/** A table of these rows, by id, and the buckets that were asked of it. */
function tableOf(hashes: Readonly<Record<number, string>>) {
  const asked: (readonly number[])[] = [];
  const rows = Object.entries(hashes).map(([id, rowHash]) => ({
    ...{ key: keyOf(Number(id)), rowHash, version: "1", isWanted: true, content: { text: "", payload: {} } },
  }));
  const source: SourceRows = {
    keysAtOnce: 2,
    estimateRows: () => Promise.resolve(null),
    sums: () => {
      const sums = new BucketSums();
      for (const { key, rowHash } of rows) sums.add(rowDigest(key, rowHash));
      return Promise.resolve(sums);
    },
    async *rowsIn(buckets) {
      asked.push(buckets);
      yield await Promise.resolve(rows.filter(({ key }) => buckets.includes(rowDigest(key, null).bucket)));
    },
    async *all() {
      yield await Promise.resolve(rows);
    },
    read: (keys) => Promise.resolve(new Map(rows.filter(({ key }) => keys.includes(key)).map((row) => [row.key, row]))),
    close: () => Promise.resolve(),
  };
  return { source, asked };
}

/** Compares them; `repair` is told what is to be captured. */
async function compare(source: SourceRows, points: readonly PointOptions[], repair?: (key: string) => boolean) {
  const collection = await newCollection(store);
  const index = new IndexRows({ store, index: "books", collection });
  onTestFinished(async () => {
    vi.restoreAllMocks();
    await index.close();
    await store.drop(collection);
  });
  await write(store, collection, { upserts: points.map((options) => point(options)) });
  const inBuckets = vi.spyOn(labelsOf(store), "inBuckets");
  const report = await verifyIndex({
    ...{ source, index, deep: null },
    passed: () => Promise.resolve(),
    onProgress: () => undefined,
    repair:
      repair === undefined
        ? null
        : async (keys) => {
            const captured = keys.filter(repair);
            const deletes = captured.map((key) => ({ id: point({ key: { id: idOf(key) } }).id, position: null }));
            await write(store, collection, { deletes });
            return keys.filter((key) => !repair(key));
          },
  });
  return { report, asked: inBuckets.mock.calls.map(([, buckets]) => buckets) };
}

function idOf(key: string): number {
  return (JSON.parse(key) as { readonly id: number }).id;
}

const sorted = (...ids: readonly number[]) => ids.map(bucketOf).sort((a, b) => a - b);

it("finds by a store's own sums and labels what differs, and looks only where a side has something", async () => {
  const ids = Array.from({ length: 200 }, (_, id) => id);
  const { source, asked } = tableOf({
    ...Object.fromEntries(ids.map((id) => [id, NEW])),
    1000: NEW,
    1002: NEW,
    1003: NEW,
  });
  const points = [
    ...ids.map((id) => ({ key: { id }, rowHash: NEW })),
    { key: { id: 1001 }, rowHash: NEW },
    { key: { id: 1002 }, rowHash: OLD },
    { key: { id: 1003 }, rowHash: NEW, chunks: 2 },
  ];
  const found = await compare(source, points);
  expect(new Set(sorted(...ids, 1000, 1001, 1002, 1003)).size).toBeGreaterThan(200);
  expect(found.report).toMatchObject({
    ...{ rows: 203, points: 203, differingBuckets: 4, changing: 0, healed: null },
    counts: { missing: 1, orphaned: 1, stale: 1, incomplete: 1, superfluous: 0, altered: 0 },
  });
  expect(found.report.examples.map(({ key, kind }) => `${kind} ${key}`).sort()).toEqual([
    `incomplete ${keyOf(1003)}`,
    `missing ${keyOf(1000)}`,
    `orphaned ${keyOf(1001)}`,
    `stale ${keyOf(1002)}`,
  ]);
  expect(asked).toEqual([sorted(1000, 1002, 1003)]);
  expect(found.asked).toEqual([sorted(1001, 1002, 1003)]);
});

it("reads no side again that is empty", async () => {
  const full = tableOf({ 1: NEW, 2: NEW });
  const emptyIndex = await compare(full.source, []);
  expect(emptyIndex.report).toMatchObject({ counts: { missing: 2 }, differingBuckets: 2 });
  expect([full.asked, emptyIndex.asked]).toEqual([[sorted(1, 2)], []]);
  const empty = tableOf({});
  const emptyTable = await compare(empty.source, [{ key: { id: 1 } }, { key: { id: 2 } }]);
  expect(emptyTable.report).toMatchObject({ counts: { orphaned: 2 }, rows: 0 });
  expect([empty.asked, emptyTable.asked]).toEqual([[], [sorted(1, 2)]]);
});

it("heals what can be captured again, and names the keys that can't", async () => {
  const { source } = tableOf({});
  const ids = [1, 2, 3];
  const { report } = await compare(
    source,
    ids.map((id) => ({ key: { id } })),
    (key) => key !== keyOf(2),
  );
  expect(report).toMatchObject({ counts: { orphaned: 3 }, healed: 2, refused: { count: 1, keys: [keyOf(2)] } });
  expect(BUCKETS).toBeGreaterThan(report.differingBuckets);
});
