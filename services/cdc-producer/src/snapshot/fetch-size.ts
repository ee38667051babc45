const MIN_ROWS = 1;
const MAX_ROWS = 5_000;
/** The next rows may be far wider than these. */
const MAX_GROWTH = 4;
/** Characters of Postgres' text: a chunk is put into the stream at once, which must not take long. */
export const TARGET_LENGTH = 512 * 1024;
/** Nothing is known of the rows yet. */
export const FIRST_FETCH_ROWS = 10;

/** How many rows to fetch next, so that wide rows don't fill the memory and narrow ones don't make many trips. */
export function nextFetchRows(rows: readonly (readonly (string | null)[])[]): number {
  if (rows.length === 0) return FIRST_FETCH_ROWS;
  const wanted = Math.floor(TARGET_LENGTH / Math.max(1, textLength(rows) / rows.length));
  return Math.min(MAX_ROWS, rows.length * MAX_GROWTH, Math.max(MIN_ROWS, wanted));
}

export function textLength(rows: readonly (readonly (string | null)[])[]): number {
  let length = 0;
  for (const row of rows) for (const text of row) length += text?.length ?? 0;
  return length;
}
