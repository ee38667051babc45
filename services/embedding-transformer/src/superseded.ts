import type { Position } from "@freshet/schemas/position";
import { comparePositions } from "@freshet/schemas/position";
import { encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import type { Outcome } from "./document.js";

interface Item {
  readonly key: RowKey;
  readonly value: Outcome;
}

/**
 * The places of documents that needn't be sent, let alone embedded: later in the batch the same row is written or
 * deleted again at the same or a higher position, and a row is replaced as a whole. Deletes and control messages stay.
 */
export function findSuperseded(batch: readonly Item[]): Set<number> {
  const superseded = new Set<number>();
  /** The highest position of each row, of what comes later in the batch; "any" stands above all. */
  const later = new Map<string, Position | "any">();
  for (let place = batch.length - 1; place >= 0; place--) {
    const item = batch[place];
    if (item === undefined) continue;
    const position = positionOfRow(item.value);
    if (position === null) continue;
    const key = encodeRowKey(item.key);
    const highest = later.get(key);
    if (highest !== undefined && (highest === "any" || isAtMost(position, highest))) {
      if (item.value.op === "document") superseded.add(place);
    } else {
      later.set(key, position);
    }
  }
  return superseded;
}

/** Null for what is about no single row. */
function positionOfRow(value: Outcome): Position | "any" | null {
  switch (value.op) {
    case "document":
    case "delete":
      return value.source.position;
    case "tombstone":
      return value.position ?? "any";
    case "truncate":
    case "snapshot-end":
      return null;
    default:
      return value satisfies never;
  }
}

function isAtMost(position: Position | "any", highest: Position): boolean {
  return position !== "any" && comparePositions(position, highest) <= 0;
}
