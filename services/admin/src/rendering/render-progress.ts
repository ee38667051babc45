import type { Colors } from "./colors.js";
import { formatCount, formatDuration } from "./measures.js";
import type { SnapshotProgress } from "./snapshot-progress.js";

const BAR_WIDTH = 24;

interface RenderOptions {
  readonly colors: Colors;
  readonly bar: boolean;
  /** Of what there are so many. */
  readonly what?: "row" | "record";
}

/** `█████░░░░░  52%  260,000 of about 500,000 rows, 24,100 rows/s, 10 s left`; without an estimate neither bar nor percent. */
export function renderProgress(progress: SnapshotProgress, { colors, bar, what = "row" }: RenderOptions): string {
  const { rows, estimatedRows, rowsPerSecond, remainingMs, durationMs, finished } = progress;
  if (finished) return `${colors.green("✓")} ${renderRows(rows)} in ${formatDuration(durationMs)}`;
  const details = [
    estimatedRows === null ? renderRows(rows) : `${formatCount(rows)} of about ${renderCount(estimatedRows, what)}`,
    ...(rowsPerSecond === null ? [] : [`${formatCount(rowsPerSecond)} ${what}s/s`]),
    ...(remainingMs === null ? [] : [`${formatDuration(remainingMs)} left`]),
  ].join(", ");
  if (estimatedRows === null) return details;
  // An unfinished run never shows 100%: the estimate may be too small.
  const percent = Math.min(99, Math.floor((rows / Math.max(1, estimatedRows)) * 100));
  return bar ? `${renderBar(percent, colors)} ${String(percent).padStart(3)}%  ${details}` : `${percent}%, ${details}`;
}

function renderBar(percent: number, colors: Colors): string {
  const full = Math.round((percent / 100) * BAR_WIDTH);
  return `${colors.cyan("█".repeat(full))}${colors.dim("░".repeat(BAR_WIDTH - full))}`;
}

export function renderRows(rows: number): string {
  return renderCount(rows, "row");
}

function renderCount(count: number, what: string): string {
  return `${formatCount(count)} ${count === 1 ? what : `${what}s`}`;
}
