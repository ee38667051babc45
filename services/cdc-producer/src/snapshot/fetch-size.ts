const MIN_ROWS = 1;
const MAX_ROWS = 1_000;
/** The next rows may be far wider than these. */
const MAX_GROWTH = 2;
/** Characters of Postgres' text; about what one fetch then holds in memory. */
const TARGET_LENGTH = 1024 * 1024;
/** Nothing is known of the rows yet. */
export const FIRST_FETCH_ROWS = 100;

/** How many rows to fetch next, so that wide rows don't fill the memory and narrow ones don't make many trips. */
export function nextFetchRows(rows: readonly (readonly (string | null)[])[]): number {
  if (rows.length === 0) return FIRST_FETCH_ROWS;
  let length = 0;
  for (const row of rows) for (const text of row) length += text?.length ?? 0;
  const wanted = Math.floor(TARGET_LENGTH / Math.max(1, length / rows.length));
  return Math.min(MAX_ROWS, rows.length * MAX_GROWTH, Math.max(MIN_ROWS, wanted));
}
