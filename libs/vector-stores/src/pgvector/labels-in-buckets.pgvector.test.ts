import type { RowKey } from "@freshet/schemas/row-key";
import { expect, it, onTestFinished } from "vitest";
import { newCollection, point, write } from "../contract/sample.js";
import { addedSums, labelSum, type LabelSum } from "../label-sums.js";
import { ColumnPartitioning } from "../partitioned/column-partitioning.js";
import { PartitionedStore } from "../partitioned/store.js";
import { BUCKETS, rowDigest } from "../row-digest.js";
import { openTestStore } from "../testing/pgvector-store.js";
import type { StoredPoint, VectorStore } from "../vector-store.js";

const { signal } = new AbortController();
const KEYS: readonly RowKey[] = [
  ...Array.from({ length: 60 }, (_, id) => ({ id })),
  ...["'", '"', "\\", "ü 🙂", "\u2028", "$1", "{1,2}", ""].map((text) => ({ text })),
];
const POINTS = KEYS.flatMap((key, place) => {
  const rowHash = ["ab".repeat(32), null, "somebody's"][place % 3] ?? null;
  const payload = { lang: ["en", "de", null][place % 3] ?? null };
  return [0, 1].map((chunk) => point({ key, chunk, chunks: 2, rowHash, payload }));
});
const EVERYWHERE = Array.from({ length: BUCKETS }, (_, bucket) => bucket);

const { store } = await openTestStore();

async function scrolled(some: VectorStore, name: string, buckets: readonly number[]): Promise<readonly StoredPoint[]> {
  const { points } = await some.scroll(name, 1_000, null);
  return points.filter(({ metadata }) => buckets.includes(rowDigest(metadata.key, null).bucket));
}

async function read(some: VectorStore, name: string, buckets: readonly number[]): Promise<readonly StoredPoint[]> {
  const points = (await some.labels?.inBuckets(name, buckets, signal)) ?? [];
  return [...points].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What all points sum up to, modulo 2^64. */
function inAll(sums: readonly LabelSum[]): Partial<LabelSum> {
  const { points, heads, chunks, digests, imbalance } = sums.reduce(addedSums);
  return { points, heads, chunks, digests: BigInt.asUintN(64, digests), imbalance: BigInt.asUintN(64, imbalance) };
}

it.each(["whole", "partitioned"] as const)("gives what a scroll has in some buckets (%s)", async (how) => {
  const partitioning = new ColumnPartitioning({ column: "lang" });
  const some = how === "whole" ? store : new PartitionedStore({ store, partitioning });
  const name = await newCollection(some);
  onTestFinished(() => some.drop(name));
  await write(some, name, { upserts: POINTS });
  const used = [...new Set(POINTS.map(({ metadata }) => rowDigest(metadata.key, null).bucket))];
  for (const buckets of [used.slice(0, 1), used.filter((_, place) => place % 2 === 0), EVERYWHERE]) {
    const expected = await scrolled(some, name, buckets);
    expect(expected.length).toBeGreaterThan(0);
    expect(await read(some, name, buckets)).toEqual(expected);
  }
  const unused = EVERYWHERE.filter((bucket) => !used.includes(bucket));
  expect(await read(some, name, unused)).toEqual([]);
  expect(await read(some, name, [])).toEqual([]);
  const sums = (await some.labels?.sums(name, signal)) ?? [];
  expect(sums).toHaveLength(used.length);
  expect(inAll(sums)).toEqual(inAll(POINTS.map(({ metadata }) => labelSum(metadata))));
});

it("gives a point that lies in two partitions once, as a scroll does, and sums both up", async () => {
  const some = new PartitionedStore({ store, partitioning: new ColumnPartitioning({ column: "lang" }) });
  const name = await newCollection(some);
  onTestFinished(() => some.drop(name));
  const [older, newer] = [point({ lsn: 1n }), point({ lsn: 2n, payload: { lang: "en" } })];
  await write(some, name, { upserts: [newer] });
  // As a crash between the two writes of a move leaves it.
  await write(store, name, { upserts: [older] });
  const { bucket } = rowDigest(older.metadata.key, null);
  expect(await read(some, name, [bucket])).toEqual([{ id: older.id, metadata: older.metadata }]);
  expect(await scrolled(some, name, [bucket])).toEqual([{ id: older.id, metadata: older.metadata }]);
  expect(await some.labels?.sums(name, signal)).toMatchObject([{ bucket, points: 2, heads: 2, chunks: 2 }]);
});

it("leaves off when nobody needs the points any more", async () => {
  const name = await newCollection(store);
  onTestFinished(() => store.drop(name));
  const ended = new AbortController();
  const reading = store.labels?.inBuckets(name, EVERYWHERE, ended.signal);
  ended.abort(new Error("not needed"));
  await expect(reading).rejects.toThrow();
  expect(await read(store, name, EVERYWHERE)).toEqual([]);
});
