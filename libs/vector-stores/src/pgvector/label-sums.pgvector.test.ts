import { expect, it, onTestFinished } from "vitest";
import { newCollection, point, write } from "../contract/sample.js";
import { addByBucket, labelSum, type LabelSum } from "../label-sums.js";
import { openTestStore } from "../testing/pgvector-store.js";
import type { Point } from "../vector-store.js";

const { store } = await openTestStore();

/** By bucket, and modulo 2^64. */
function added(sums: readonly LabelSum[]): ReadonlyMap<number, LabelSum> {
  const all = new Map<number, LabelSum>();
  addByBucket(all, sums);
  for (const [bucket, sum] of all) {
    const modular = { digests: BigInt.asUintN(64, sum.digests), imbalance: BigInt.asUintN(64, sum.imbalance) };
    all.set(bucket, { ...sum, ...modular });
  }
  return all;
}

it("sums labels up in Postgres to what they are, point by point", async () => {
  const name = await newCollection(store);
  onTestFinished(() => store.drop(name));
  const points = [3, 17, 400].flatMap((chunks, id) =>
    Array.from({ length: chunks }, (_, chunk): Point => {
      const sample = point({ key: { id, ü: "'" }, chunk });
      const rowHash = ["ab".repeat(32), null, "somebody's"][id] ?? null;
      return { ...sample, metadata: { ...sample.metadata, chunks, rowHash } };
    }),
  );
  await write(store, name, { upserts: points });
  const sums = added((await store.labels?.sums(name, new AbortController().signal)) ?? []);
  expect(sums).toEqual(added(points.map(({ metadata }) => labelSum(metadata))));
  expect([...sums.values()].map(({ points: some, chunks, imbalance }) => [some === chunks, imbalance])).toEqual(
    Array.from({ length: 3 }, () => [true, 0n]),
  );
});

it("tells points that aren't all of their row's chunks", async () => {
  const name = await newCollection(store);
  onTestFinished(() => store.drop(name));
  const upserts = [0, 5].map((chunk): Point => {
    const sample = point({ key: { id: 1 }, chunk });
    return { ...sample, metadata: { ...sample.metadata, chunks: 2 } };
  });
  await write(store, name, { upserts });
  const [sum] = [...added((await store.labels?.sums(name, new AbortController().signal)) ?? []).values()];
  expect(sum).toMatchObject({ points: 2, chunks: 2 });
  expect(sum?.imbalance).not.toBe(0n);
});

it("leaves off when nobody needs the sums any more", async () => {
  const name = await newCollection(store);
  onTestFinished(() => store.drop(name));
  const aborted = AbortSignal.abort(new Error("not needed"));
  await expect(store.labels?.sums(name, aborted)).rejects.toThrow();
});
