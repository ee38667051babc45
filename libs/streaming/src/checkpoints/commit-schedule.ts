/** When offsets are committed: as soon as either is reached. */
export interface CommitLimits {
  /** Records whose offsets aren't committed yet. */
  readonly maxRecords: number;
  /** Since the first of them was done, in ms. */
  readonly maxWaitMs: number;
}

/** Behind every batch, or behind several when they are faster than a commit. */
export const COMMIT_AT_ONCE: CommitLimits = { maxRecords: 1, maxWaitMs: 0 };

export interface Uncommitted {
  readonly records: number;
  readonly sinceMs: number;
  /** The partitions will be lost in a moment, or the application stops. */
  readonly isLast: boolean;
}

/** How long to wait for more, in ms; 0 when it is time. */
export function commitDueInMs({ records, sinceMs, isLast }: Uncommitted, limits: CommitLimits): number {
  if (isLast || records >= limits.maxRecords) return 0;
  return Math.max(0, limits.maxWaitMs - sinceMs);
}
