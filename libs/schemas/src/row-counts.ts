import { z } from "zod";

const count = z.int().default(0);

/** What became of rows in a store. */
const rowCounts = z.object({
  created: count,
  /** At least one text was another one. */
  updated: count,
  /** All texts were the same, so no vector was written. */
  payloadOnly: count,
  deleted: count,
  /** Stored already: delivered again, or deleted before they were stored. */
  unchanged: count,
  /** Older than what is stored. */
  stale: count,
  /** Refused by the store: they went to the dead letters. */
  failed: count,
});

export type RowCounts = z.output<typeof rowCounts>;
export type RowResult = keyof RowCounts;

/** By `schema.table`. */
export const tableRows = z.record(z.string(), rowCounts);
export type TableRows = z.output<typeof tableRows>;

export const ROW_RESULTS = Object.keys(rowCounts.shape) as readonly RowResult[];

const NO_ROWS: RowCounts = rowCounts.parse({});

/** Counts one row, in place. */
export function countRow(tables: TableRows, table: string, result: RowResult): void {
  (tables[table] ??= { ...NO_ROWS })[result] += 1;
}

export function addTableRows(one: TableRows, two: TableRows): TableRows {
  const tables = [...new Set([...Object.keys(one), ...Object.keys(two)])];
  return Object.fromEntries(
    tables.map((table) => {
      const [left, right] = [one[table] ?? NO_ROWS, two[table] ?? NO_ROWS];
      return [table, rowCounts.parse(Object.fromEntries(ROW_RESULTS.map((name) => [name, left[name] + right[name]])))];
    }),
  );
}
