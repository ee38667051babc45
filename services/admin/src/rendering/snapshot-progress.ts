import type { SnapshotState } from "@freshet/schemas/service-state";

export interface SnapshotProgress {
  readonly rows: number;
  /** The planner's; null when it has none. */
  readonly estimatedRows: number | null;
  /** Null before the first rows. */
  readonly rowsPerSecond: number | null;
  /** Null without an estimate, or once the rows are more than that. */
  readonly remainingMs: number | null;
  readonly durationMs: number;
  readonly finished: boolean;
}

/**
 * @param at when the run was as it is described, by the clock that `startedAt` is of; ms since the Unix epoch.
 * @param recentRate rows/s; without it the rate is the one since the start.
 */
export function snapshotProgress(run: SnapshotState, at: number, recentRate: number | null = null): SnapshotProgress {
  const { rows, estimatedRows, startedAt, finishedAt } = run;
  const durationMs = Math.max(0, (finishedAt ?? at) - startedAt);
  const average = rows === 0 || durationMs === 0 ? null : (rows / durationMs) * 1000;
  const rowsPerSecond = recentRate ?? average;
  const left = estimatedRows === null ? null : estimatedRows - rows;
  const known = finishedAt === null && left !== null && left > 0 && rowsPerSecond !== null && rowsPerSecond > 0;
  return {
    ...{ rows, estimatedRows, rowsPerSecond, durationMs },
    remainingMs: known ? (left / rowsPerSecond) * 1000 : null,
    finished: finishedAt !== null,
  };
}
