import type { OutgoingRecord } from "@freshet/streaming/message";
import { keyText } from "../events/change-observer.js";
import type { ChangeOrigin, EventFormat } from "../events/event-format.js";
import type { ChunkWindow } from "./chunk-window.js";
import type { Chunk } from "./chunk.js";

/** How a chunk's keys are named to its window. */
export function chunkKeys({ table, rows, absent }: Chunk): Set<string> {
  return new Set([...rows, ...absent].map((row) => keyText(row, table.key)));
}

/** What a chunk says now: nothing of the rows that the stream has brought meanwhile. */
export function chunkRecords(
  { table, rows, absent }: Chunk,
  window: ChunkWindow,
  format: EventFormat,
  origin: ChangeOrigin,
): { readonly records: readonly OutgoingRecord[]; readonly rows: number; readonly length: number } {
  const records: OutgoingRecord[] = [];
  for (const row of rows) {
    if (window.leavesOut(keyText(row, table.key))) continue;
    records.push(format.written(table, { op: "r", row, old: null }, origin));
  }
  const written = records.length;
  for (const row of absent) {
    if (window.leavesOut(keyText(row, table.key))) continue;
    records.push(...format.deleted(table, { kind: "key", tuple: row }, origin));
  }
  const length = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
  return { records, rows: written, length };
}
