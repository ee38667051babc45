import { rowDigest } from "./row-digest.js";

/**
 * What the labels of the points in one bucket sum up to; see row-digest.ts. Where every row has just the chunks that its
 * chunk 0 counts, each of its state, `points` equals `chunks`, and `imbalance` is 0.
 */
export interface LabelSum {
  readonly bucket: number;
  readonly points: number;
  /** Chunks 0. */
  readonly heads: number;
  /** Of the digests of chunks 0, and like `imbalance` modulo 2^64. */
  readonly digests: bigint;
  /** That the chunks 0 count. */
  readonly chunks: number;
  readonly imbalance: bigint;
}

/** What a point says that it is; see PointMetadata. */
interface PointLabel {
  readonly key: string;
  readonly chunk: number;
  readonly chunks: number;
  readonly rowHash: string | null;
}

/** Of one point. */
export function labelSum({ key, rowHash, chunk, chunks }: PointLabel): LabelSum {
  const { bucket, digest } = rowDigest(key, rowHash);
  const isHead = chunk === 0;
  return {
    ...{ bucket, points: 1, heads: isHead ? 1 : 0, digests: isHead ? digest : 0n, chunks: isHead ? chunks : 0 },
    imbalance: digest * BigInt(weight(chunk, chunks)),
  };
}

/** What the points of both sum up to, which are in one bucket. */
export function addedSums(a: LabelSum, b: LabelSum): LabelSum {
  return {
    ...{ bucket: a.bucket, points: a.points + b.points, heads: a.heads + b.heads, chunks: a.chunks + b.chunks },
    ...{ digests: a.digests + b.digests, imbalance: a.imbalance + b.imbalance },
  };
}

/** Adds sums to what is known of their buckets, by bucket. */
export function addByBucket(known: Map<number, LabelSum>, sums: Iterable<LabelSum>): void {
  for (const sum of sums) {
    const others = known.get(sum.bucket);
    known.set(sum.bucket, others ? addedSums(others, sum) : sum);
  }
}

/**
 * Chunk n weighs -(n + 1), and chunk 0 also what all of its row do, with the other sign: of all that could be as many, 0, 1,
 * … alone weigh so little. A row of one chunk has none at all.
 */
function weight(chunk: number, chunks: number): number {
  return (chunk === 0 ? (chunks * (chunks + 1)) / 2 : 0) - (chunk + 1);
}

/** `weight` of the columns `chunk` and `chunks`. */
export const weightSql =
  "(CASE WHEN chunk = 0 THEN chunks::bigint * (chunks::bigint + 1) / 2 ELSE 0 END - (chunk::bigint + 1))";
