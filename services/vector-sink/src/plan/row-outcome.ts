import type { Position } from "@freshet/schemas/position";
import { countRow, type RowResult, type TableRows } from "@freshet/schemas/row-counts";

/** What became of a row: every row of a batch once, by its newest change. */
export interface RowOutcome {
  /** As `encodeRowKey` writes it. */
  readonly key: string;
  /** `schema.table`; null for a tombstone of a row that isn't stored, which names none. */
  readonly table: string | null;
  readonly partition: number;
  readonly position: Position | null;
  readonly result: RowResult;
}

/** By partition. A tombstone behind the delete of its row says nothing more, so it isn't counted. */
export function countRows(outcomes: Iterable<RowOutcome>): Map<number, TableRows> {
  const partitions = new Map<number, TableRows>();
  for (const { partition, table, result } of outcomes) {
    if (table === null) continue;
    const tables = partitions.get(partition) ?? {};
    partitions.set(partition, tables);
    countRow(tables, table, result);
  }
  return partitions;
}
