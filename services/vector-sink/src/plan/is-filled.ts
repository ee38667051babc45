/** Of what is stored. */
const GROWTH = 1 / 100;

export interface Filling {
  /** A snapshot has ended just now. */
  readonly hasSnapshotEnded: boolean;
  /** By how many points within the last while. */
  readonly grown: number;
  /** Points in all. */
  readonly points: number;
}

/**
 * Whether an index isn't being filled any more, so that what its store put off until then is worth its time. Nobody
 * says so where rows come from a topic without snapshots; but whoever fills an index makes it grow by more than a little
 * within half a minute, and what comes for ever doesn't, in the end.
 */
export function isFilled({ hasSnapshotEnded, grown, points }: Filling): boolean {
  return points > 0 && (hasSnapshotEnded || grown <= points * GROWTH);
}
