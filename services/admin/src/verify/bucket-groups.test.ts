import { expect, it } from "vitest";
import { bucketsToCompare } from "./bucket-groups.js";
import { BucketSums } from "./bucket-sums.js";

const ROWS = 60_000;

function sumsOf(digests: readonly bigint[]): BucketSums {
  const sums = new BucketSums();
  for (const [bucket, digest] of digests.entries()) sums.addSum({ bucket, rows: ROWS, digests: digest });
  return sums;
}

async function compare(table: readonly bigint[], index: readonly bigint[], wanted: readonly bigint[]) {
  let passes = 0;
  const wantedSums = () => {
    passes += 1;
    return Promise.resolve(sumsOf(wanted));
  };
  const [heads, points] = [sumsOf(index), sumsOf(index.map(() => 0n))];
  const sums = { heads, points, counted: points };
  const buckets = await bucketsToCompare({ wantedSums }, { rows: sumsOf(table), sums, onRows: () => undefined });
  return { buckets, passes };
}

it("looks once for the rows that the index is to have, rather than often at all", async () => {
  const table = [11n, 12n, 13n, 14n, 15n, 16n];
  const index = [1n, 2n, 3n, 4n, 5n, 16n];
  // The last bucket was the same before.
  expect(await compare(table, index, [1n, 2n, 3n, 99n, 5n, 98n])).toEqual({ buckets: [3], passes: 1 });
  expect(await compare(table.slice(0, 2), index.slice(0, 2), [])).toEqual({ buckets: [0, 1], passes: 0 });
});
