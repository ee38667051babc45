import type { OutgoingRecord } from "@freshet/streaming/message";
import { keyText } from "../events/change-observer.js";
import type { ChangeOrigin, EventFormat, Row } from "../events/event-format.js";
import type { ChunkWindow } from "./chunk-window.js";
import type { Chunk } from "./chunk.js";

/** How a chunk's keys are named to its window. */
export function chunkKeys({ table, rows, absent }: Chunk): Set<string> {
  return new Set([...rows, ...absent].map((row) => keyText(row, table.key)));
}

/** Of a chunk's rows those that the stream hasn't brought meanwhile. */
export function currentRows({ table, rows, absent }: Chunk, window: ChunkWindow): Pick<Chunk, "rows" | "absent"> {
  const isCurrent = (row: Row) => !window.leavesOut(keyText(row, table.key));
  return { rows: rows.filter(isCurrent), absent: absent.filter(isCurrent) };
}

/** One after the other: a text that is passed on at once is copied while the processor has it in its cache. */
export function* chunkRecords(
  { table, rows, absent }: Pick<Chunk, "table" | "rows" | "absent">,
  format: EventFormat,
  origin: ChangeOrigin,
): Generator<OutgoingRecord, void> {
  for (const row of rows) yield format.written(table, { op: "r", row, old: null }, origin);
  for (const row of absent) yield* format.deleted(table, { kind: "key", tuple: row }, origin);
}
