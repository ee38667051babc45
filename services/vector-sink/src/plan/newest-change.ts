import { isOlder, type Position } from "@freshet/schemas/position";
import { positionOf, type RowMessage } from "./batch-part.js";

/** What a batch wants of one row. */
export interface RowChange extends RowMessage {
  /** Null deletes the row at whatever position it is stored. */
  readonly position: Position | null;
}

/** One change for each row: the newest by position, of equal ones the last. */
export function newestChanges(messages: readonly RowMessage[]): RowChange[] {
  const newest = new Map<string, RowChange>();
  for (const message of messages) {
    const position = positionOf(message);
    const known = newest.get(message.key)?.position;
    if (known && position && isOlder(position, known)) continue;
    newest.set(message.key, { ...message, position });
  }
  return [...newest.values()];
}
