import { bucketsToCompare, groups } from "./bucket-groups.js";
import type { BucketSums } from "./bucket-sums.js";
import type { AlteredOptions } from "./altered-rows.js";
import { deepLook } from "./deep-look.js";
import { DifferenceTally, type DifferenceCounts, type RefusedKeys } from "./difference-tally.js";
import { findSuspects, type Difference } from "./differences.js";
import { heal, type Repair } from "./healing.js";
import type { IndexRows, IndexSums } from "./index-rows.js";
import { settle } from "./settled.js";
import type { SourceRows } from "./source-rows.js";

export interface VerifyIndexOptions {
  readonly source: SourceRows;
  readonly index: IndexRows;
  readonly passed: () => Promise<void>;
  readonly onProgress: (progress: VerifyProgress) => void;
  /** Null: differences are only told. */
  readonly repair: Repair | null;
  /** Whether texts, payloads and some vectors are recomputed: of so many rows, from 0 to 1, the vectors. */
  readonly deep: Pick<AlteredOptions, "embed" | "sample"> | null;
}

export interface VerifyProgress {
  readonly phase: "reading" | "comparing" | "recomputing";
  /** Rows or points read in the first phase, whichever are more, buckets compared in the second, rows in the third. */
  readonly done: number;
  /** Null when it isn't known. */
  readonly total: number | null;
}

export interface IndexDifferences {
  /** The table's. */
  readonly rows: number;
  readonly points: number;
  readonly differingBuckets: number;
  readonly counts: DifferenceCounts;
  readonly examples: readonly Difference[];
  /** Rows that changed at every look, so that nothing can be said of them. */
  readonly changing: number;
  /** Of the differences, those that are gone after a repair; null without one. */
  readonly healed: number | null;
  /** Of the others, those that can't be captured again: no row of the table could have their keys now. Absent without any. */
  readonly refused?: RefusedKeys;
}

/** One pass over each side, then a look at the rows of those buckets that aren't the same. Memory doesn't grow with the rows. */
export async function verifyIndex(options: VerifyIndexOptions): Promise<IndexDifferences> {
  const { source, index, onProgress, passed, repair, deep } = options;
  const [rows, sums] = await readSums(options);
  let made = 0;
  const onMade = (count: number) => onProgress({ phase: "reading", done: (made += count), total: rows.rows });
  const buckets = await bucketsToCompare(source, { rows, sums, onRows: onMade });
  const tally = new DifferenceTally();
  let changing = 0;
  let healed = 0;
  let compared = 0;
  for (const group of groups(buckets, rows, sums)) {
    const found = await compareGroup(group, { ...options, rows, points: sums.points });
    tally.add(found.differences);
    changing += found.changing.length;
    compared += group.length;
    onProgress({ phase: "comparing", done: compared, total: buckets.length });
    if (repair === null) continue;
    const repaired = await heal(found.differences, { source, index, passed, repair });
    healed += repaired.healed;
    tally.addRefused(repaired.refused);
  }
  if (deep !== null) {
    let looked = 0;
    const onRows = (count: number) => onProgress({ phase: "recomputing", done: (looked += count), total: rows.rows });
    for await (const found of deepLook({ ...deep, source, index, passed, repair, onRows })) {
      tally.add(found.differences);
      healed += found.healed;
      changing += found.changing;
    }
  }
  const { counts, examples, refused } = tally;
  return {
    ...{ rows: rows.rows, points: sums.points.rows, differingBuckets: buckets.length },
    ...{ counts, examples, changing, healed: repair === null ? null : healed },
    ...(refused.count === 0 ? {} : { refused }),
  };
}

/** Both sides at once. */
async function readSums({ source, index, onProgress }: VerifyIndexOptions): Promise<[BucketSums, IndexSums]> {
  const total = await source.estimateRows();
  const read = { rows: 0, points: 0 };
  const onRead = (side: keyof typeof read) => (count: number) => {
    read[side] += count;
    onProgress({ phase: "reading", done: Math.max(read.rows, read.points), total });
  };
  return Promise.all([source.sums(onRead("rows")), index.sums(onRead("points"))]);
}

type GroupOptions = Pick<VerifyIndexOptions, "source" | "index" | "passed"> & {
  /** What the sums counted. */
  readonly rows: BucketSums;
  readonly points: BucketSums;
};

/** Both sides at once, each where it had something: what has come since is found when its row is looked at again. */
async function compareGroup(group: readonly number[], { source, index, passed, rows, points }: GroupOptions) {
  const occupied = (side: BucketSums) => group.filter((bucket) => side.rowsIn(bucket) > 0);
  const [hashes, indexed] = await Promise.all([readHashes(source, occupied(rows)), index.rowsIn(occupied(points))]);
  return settle(findSuspects(hashes, indexed), { source, index, passed });
}

/** By key. */
async function readHashes(source: SourceRows, buckets: readonly number[]): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  if (buckets.length === 0) return hashes;
  for await (const rows of source.rowsIn(buckets)) for (const { key, rowHash } of rows) hashes.set(key, rowHash);
  return hashes;
}
