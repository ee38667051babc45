import type { Alteration } from "./alteration.js";
import type { IndexedRow } from "./indexed-row.js";

/**
 * `missing`: the table has the row, the index hasn't. `stale`: the index has another state of it. `incomplete`: some of
 * its chunks aren't there, or are of another state. `superfluous`: it has points beyond its last chunk. `orphaned`: the index
 * has it, the table hasn't, or not for this index. `altered`: the points say that they are of the row's state, but have
 * another text, payload or vector; only a deep look tells.
 */
export type DifferenceKind = "missing" | "stale" | "incomplete" | "superfluous" | "orphaned" | "altered";

/** A row whose two sides don't agree, or didn't when they were looked at. */
export interface Suspect {
  readonly key: string;
  /** The highest number of a chunk that was seen of it; -1 without any. */
  readonly lastChunk: number;
  /** Ids of points that say that they are of the row, and aren't where a point of it lies. */
  readonly strays: readonly string[];
}

export interface Difference extends Suspect {
  readonly kind: DifferenceKind;
  /** Of one that is altered. */
  readonly alteration?: Alteration;
}

/** What is wrong with a row; null when nothing is. @param rowHash the table's; null when the index isn't to have it. */
export function kindOf(rowHash: string | null, indexed: IndexedRow | undefined): DifferenceKind | null {
  if (rowHash === null) return indexed === undefined ? null : "orphaned";
  if (indexed === undefined) return "missing";
  if (indexed.rowHash !== rowHash) return "stale";
  if (!indexed.isWhole) return "incomplete";
  return indexed.superfluous > 0 ? "superfluous" : null;
}

/** The rows of some buckets whose two sides don't agree. @param hashes the table's, by key. */
export function findSuspects(
  hashes: ReadonlyMap<string, string>,
  indexed: ReadonlyMap<string, IndexedRow>,
): readonly Suspect[] {
  const suspects: Suspect[] = [];
  for (const [key, rowHash] of hashes) {
    const row = indexed.get(key);
    if (kindOf(rowHash, row) !== null) suspects.push(toSuspect(key, row));
  }
  for (const [key, row] of indexed) if (!hashes.has(key)) suspects.push(toSuspect(key, row));
  return suspects;
}

function toSuspect(key: string, row: IndexedRow | undefined): Suspect {
  return { key, lastChunk: row?.lastChunk ?? -1, strays: row?.strays ?? [] };
}
