import { isOlder, type Position } from "@freshet/schemas/position";
import { pointId } from "@freshet/vector-stores/point-id";
import { positionOf, type RowMessage } from "./batch-part.js";

/** What a batch wants of one row. */
export interface RowChange extends RowMessage {
  /** Null deletes the row at whatever position it is stored. */
  readonly position: Position | null;
  /** `schema.table`; null when the batch says it nowhere, having only a tombstone of the row. */
  readonly table: string | null;
  /** Whatever is stored of the row is to be replaced: what its points say of it isn't believed. */
  readonly repair: boolean;
  /**
   * Of chunk 0, and of the other chunks that the row is to have, in order. What is stored of these points decides what
   * is to be done.
   */
  readonly ids: readonly [head: string, ...others: string[]];
}

/** One change for each row: the newest by position, of equal ones the last. A repair stays one, whatever is newer. */
export function newestChanges(index: string, messages: readonly RowMessage[]): RowChange[] {
  const newest = new Map<string, RowChange>();
  for (const message of messages) {
    const { place, key, partition, value } = message;
    const known = newest.get(key);
    const position = positionOf(message);
    const source = value.op === "tombstone" ? undefined : value.source;
    const table = source?.table ?? known?.table ?? null;
    const repair = source?.repair === true || known?.repair === true;
    const isOld = known?.position && position && isOlder(position, known.position);
    newest.set(
      key,
      isOld
        ? { ...known, table, repair }
        : { place, key, partition, value, position, table, repair, ids: idsOf(index, message) },
    );
  }
  return [...newest.values()];
}

function idsOf(index: string, { key, value }: RowMessage): RowChange["ids"] {
  const head = pointId(index, key, 0);
  if (value.op !== "upsert" || value.chunks.length < 2) return [head];
  return [head, ...value.chunks.slice(1).map((_, place) => pointId(index, key, place + 1))];
}
