import type { BucketSums } from "./bucket-sums.js";
import type { IndexSums } from "./index-rows.js";
import type { SourceRows } from "./source-rows.js";

/** So many points, and so many rows that the index lacks, are in memory at once, about. */
const ROWS_PER_GROUP = 100_000;
/** For each of them both sides are read as a whole. */
const MAX_GROUPS = 4;

interface BothSums {
  readonly rows: BucketSums;
  readonly sums: IndexSums;
  readonly onRows: (count: number) => void;
}

/**
 * The buckets that aren't the same. Rows that the index isn't to have may be in all of them: where there are many, the table is
 * read once more for what the index is to have, rather than once for each group.
 */
export async function bucketsToCompare(
  source: Pick<SourceRows, "wantedSums">,
  { rows, sums, onRows }: BothSums,
): Promise<number[]> {
  const buckets = differingBuckets(rows, sums);
  if (source.wantedSums === undefined || [...groups(buckets, rows, sums)].length <= MAX_GROUPS) return buckets;
  const left = new Set(differingBuckets(await source.wantedSums(onRows), sums));
  return buckets.filter((bucket) => left.has(bucket));
}

function differingBuckets(rows: BucketSums, { heads, points, counted }: IndexSums): number[] {
  const differing = new Set([...rows.differing(heads), ...points.differing(counted)]);
  return [...differing].sort((a, b) => a - b);
}

export function* groups(
  buckets: readonly number[],
  rows: BucketSums,
  { points }: Pick<IndexSums, "points">,
): Generator<readonly number[]> {
  let group: number[] = [];
  let size = 0;
  for (const bucket of buckets) {
    const more = Math.max(rows.rowsIn(bucket), points.rowsIn(bucket));
    if (group.length > 0 && size + more > ROWS_PER_GROUP) {
      yield group;
      group = [];
      size = 0;
    }
    group.push(bucket);
    size += more;
  }
  if (group.length > 0) yield group;
}
