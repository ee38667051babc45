import { pointId } from "@freshet/vector-stores/point-id";
import type { Point } from "@freshet/vector-stores/vector-store";
import { openZvecStore } from "@freshet/vector-stores/zvec/store";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { BucketSums } from "./bucket-sums.js";
import { findSuspects } from "./differences.js";
import { IndexRows } from "./index-rows.js";
import { BUCKETS, rowDigest } from "@freshet/vector-stores/row-digest";
import { settle } from "./settled.js";

const INDEX = "books";
const HASH = "a".repeat(64);
const KEY = '{"id":1}';

function point(key: string, chunk: number, chunks: number, others: { id?: string; rowHash?: string } = {}): Point {
  const { id = pointId(INDEX, key, chunk), rowHash = HASH } = others;
  const metadata = {
    ...{ index: INDEX, table: "public.books", key, chunk, chunks, partition: 0, rowHash, textHash: HASH },
    ...{ position: { epoch: 1, commitLsn: 1n, seq: 1 }, committedAt: 0, indexedAt: 0 },
  };
  return { id, vector: Float32Array.from([1, 0]), text: `chunk ${chunk}`, payload: {}, metadata };
}

/** What is found in an index of these points, of a table of these rows. */
async function findIn(points: readonly Point[], table: Readonly<Record<string, string>>) {
  const directory = mkdtempSync(join(tmpdir(), "freshet-verify-"));
  const store = await openZvecStore({ directory });
  onTestFinished(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });
  const model = { name: "none", revision: "1", dtype: "fp32", dimensions: 2 };
  const features = { fields: {}, tenant: null, hybrid: false };
  await store.ensureCollection({ name: INDEX, model, distance: "cosine", features, origin: null });
  await store.apply(INDEX, { upserts: points, payloads: [], deletes: [] }, () => undefined);
  const index = new IndexRows({ store, index: INDEX, collection: INDEX });

  const rows = new BucketSums();
  for (const [key, rowHash] of Object.entries(table)) rows.add(rowDigest(key, rowHash));
  const sums = await index.sums(() => undefined);
  const everywhere = Array.from({ length: BUCKETS }, (_, bucket) => bucket);
  const hashes = new Map(Object.entries(table));
  const suspects = findSuspects(hashes, await index.rowsIn(everywhere));
  const content = { text: "", payload: {} };
  const expected = new Map(
    [...hashes].map(([key, rowHash]) => [key, { key, rowHash, version: "1", isWanted: true, content }]),
  );
  const source = { keysAtOnce: 500, read: () => Promise.resolve(expected) };
  const { differences } = await settle(suspects, { source, index, passed: () => Promise.resolve() });
  const differing = rows.differing(sums.heads).length + sums.points.differing(sums.counted).length;
  return { differing: differing > 0, kinds: differences.map(({ kind, key }) => `${kind} ${key}`), index };
}

it("finds nothing where every row has its chunks", async () => {
  const points = [point(KEY, 0, 3), point(KEY, 2, 3), point(KEY, 1, 3)];
  const { index, ...found } = await findIn(points, { [KEY]: HASH });
  expect(found).toEqual({ differing: false, kinds: [] });
  const { value: whole } = await index.whole([KEY, "absent"]).next();
  expect(whole?.get(KEY)?.map(({ text }) => text)).toEqual(["chunk 0", "chunk 1", "chunk 2"]);
});

it("tells a chunk that is missing where another one is too many", async () => {
  const found = await findIn([point(KEY, 0, 2), point(KEY, 5, 2)], { [KEY]: HASH });
  expect(found).toMatchObject({ differing: true, kinds: [`incomplete ${KEY}`] });
});

it("tells points that aren't where a point of their row lies", async () => {
  const orphan = point('{"id":2}', 0, 1, { id: "7b0c0e9e-0000-5000-8000-000000000002" });
  const twin = point(KEY, 0, 1, { id: "7b0c0e9e-0000-5000-8000-000000000001" });
  const { kinds } = await findIn([point(KEY, 0, 1), twin, orphan], { [KEY]: HASH });
  expect(kinds).toEqual([`superfluous ${KEY}`, 'orphaned {"id":2}']);
});

it("takes any text for a row's hash", async () => {
  const found = await findIn([point(KEY, 0, 1, { rowHash: "somebody's" })], { [KEY]: HASH });
  expect(found).toMatchObject({ differing: true, kinds: [`stale ${KEY}`] });
});

it("reads the rows of the buckets that are asked for, until it is closed", async () => {
  const other = '{"id":2}';
  const { index } = await findIn([point(KEY, 0, 1), point(other, 0, 1)], {});
  const buckets = [rowDigest(other, null).bucket];
  expect([...(await index.rowsIn(buckets)).keys()]).toEqual([other]);
  await index.close();
  await expect(index.rowsIn(buckets)).rejects.toThrow();
  await expect(index.sums(() => undefined)).rejects.toThrow();
});
