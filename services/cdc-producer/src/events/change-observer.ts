import { UNCHANGED, type TupleValue } from "../replication/pgoutput.js";

/** Is told what the stream brings, in order. Tables are named `schema.table`. */
export interface ChangeObserver {
  /** Whether anybody wants to know what changes. */
  readonly isWatching: boolean;
  /** A transaction's changes follow. */
  began(): void;
  /** A row with this key was inserted, updated or deleted, or came under this key, or left it. */
  changed(table: string, key: string, xid: number): void;
  truncated(table: string, xid: number): void;
  /** @param endLsn behind the commit record. */
  committed(endLsn: bigint): void;
}

/** A row's key as one text: equal for equal texts of the columns. */
export function keyText(tuple: readonly TupleValue[], places: readonly number[]): string {
  const [first = 0] = places;
  if (places.length === 1) return toText(tuple[first]);
  return JSON.stringify(places.map((place) => toText(tuple[place])));
}

function toText(value: TupleValue | undefined): string {
  return value === UNCHANGED ? "" : (value ?? "");
}
