import fc from "fast-check";
import { expect, it } from "vitest";
import { BucketSums } from "./bucket-sums.js";
import { rowDigest } from "@freshet/vector-stores/row-digest";

const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
const table = fc.dictionary(
  fc.integer().map((id) => `{"id":${id}}`),
  hash,
  { noNullPrototype: true },
);

function sumsOf(
  rows: Readonly<Record<string, string>>,
  order: (keys: string[]) => string[] = (keys) => keys,
): BucketSums {
  const sums = new BucketSums();
  for (const key of order(Object.keys(rows))) sums.add(rowDigest(key, rows[key] ?? null));
  return sums;
}

it("tells apart any two tables, and nothing of the order of their rows", () => {
  fc.assert(
    fc.property(table, table, (a, b) => {
      const same =
        Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);
      expect(sumsOf(a).differing(sumsOf(b)).length === 0).toBe(same);
      expect(sumsOf(a).differing(sumsOf(a, (keys) => keys.toReversed()))).toEqual([]);
    }),
  );
});

it("tells two rows that have each other's hashes", () => {
  const [one, two] = ["1".repeat(64), "2".repeat(64)];
  const first = sumsOf({ '{"id":1}': one, '{"id":2}': two });
  expect(first.differing(sumsOf({ '{"id":1}': two, '{"id":2}': one }))).toHaveLength(2);
});
