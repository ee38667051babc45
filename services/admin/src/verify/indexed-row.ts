import { isOlder, type Position } from "@freshet/schemas/position";
import { pointId } from "@freshet/vector-stores/point-id";
import type { PointMetadata, StoredPoint } from "@freshet/vector-stores/vector-store";

/** A row as its points tell it. */
export interface IndexedRow {
  /** Of chunk 0, empty when the row's writer gave none; null when there is no chunk 0. */
  readonly rowHash: string | null;
  /** All chunks that chunk 0 counts are there, of the same state of the row. */
  readonly isWhole: boolean;
  /** Points beyond those. */
  readonly superfluous: number;
  /** The highest number of a chunk that was seen; -1 without any. */
  readonly lastChunk: number;
  /** See Suspect. */
  readonly strays: readonly string[];
  readonly newest: Position;
}

/** What is kept of a point while its row is put together. */
export interface SeenPoint extends Pick<PointMetadata, "chunk" | "chunks" | "rowHash" | "position"> {
  /** The point's id, where it isn't what the id of the row's chunk is. */
  readonly stray: string | null;
}

export function toSeenPoint(index: string, { id, metadata }: StoredPoint): SeenPoint {
  const { key, chunk, chunks, rowHash, position } = metadata;
  return { chunk, chunks, rowHash, position, stray: id === pointId(index, key, chunk) ? null : id };
}

/** @param points all that the store has of the row, in any order. */
export function toIndexedRow([first, ...others]: readonly [SeenPoint, ...SeenPoint[]]): IndexedRow {
  const points = [first, ...others];
  const own = points.filter(({ stray }) => stray === null);
  const head = own.find(({ chunk }) => chunk === 0);
  const chunks = head?.chunks ?? 0;
  const wanted = own.filter(({ chunk, rowHash }) => chunk < chunks && rowHash === head?.rowHash);
  return {
    rowHash: head === undefined ? null : (head.rowHash ?? ""),
    isWhole: head !== undefined && wanted.length === chunks,
    superfluous: points.filter(({ chunk, stray }) => chunk >= chunks || stray !== null).length,
    lastChunk: own.reduce((last, { chunk }) => Math.max(last, chunk), -1),
    strays: points.flatMap(({ stray }) => stray ?? []),
    newest: points.reduce((newest, { position }) => (isOlder(newest, position) ? position : newest), first.position),
  };
}
