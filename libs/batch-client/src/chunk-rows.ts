/** How many rows travel together. */
export interface ChunkBounds {
  readonly minRows: number;
  readonly maxRows: number;
  /** How long one chunk should take, in ms. */
  readonly targetMs: number;
}

/** Fewer rows cost more in calls than in vectors; more hold the receiver up before it sees the first of them. */
export const CHUNK_BOUNDS: ChunkBounds = { minRows: 50, maxRows: 1000, targetMs: 100 };

const FLOAT_BYTES = 4;
/** 300 vectors of 1,536 dimensions. */
export const FIRST_CHUNK_BYTES = 300 * 1536 * FLOAT_BYTES;
/** A single slow chunk, or a fast one, says little: the next has at least half and at most twice as many rows. */
const MAX_STEP = 2;

/** The first chunk, before anything is measured: as many vectors as the memory holds. */
export function firstChunkRows(
  { dimensions, memoryBytes = FIRST_CHUNK_BYTES }: { readonly dimensions: number; readonly memoryBytes?: number },
  bounds: ChunkBounds = CHUNK_BOUNDS,
): number {
  return clamp(Math.floor(memoryBytes / (dimensions * FLOAT_BYTES)), bounds);
}

/**
 * The next chunk, from what the last one took: as many rows as would have taken the target time, by steps.
 *
 * @param last what it really had, which may be fewer rows than planned.
 */
export function nextChunkRows(
  planned: number,
  last: { readonly rows: number; readonly ms: number },
  bounds: ChunkBounds = CHUNK_BOUNDS,
): number {
  if (last.rows === 0) return planned;
  const ideal = last.ms > 0 ? (last.rows * bounds.targetMs) / last.ms : Infinity;
  const step = Math.min(planned * MAX_STEP, Math.max(planned / MAX_STEP, ideal));
  // A short chunk that was quick tells nothing about a full one.
  return clamp(Math.round(last.rows < planned && step > planned ? planned : step), bounds);
}

function clamp(rows: number, { minRows, maxRows }: ChunkBounds): number {
  return Math.min(maxRows, Math.max(minRows, rows));
}

/** The size of the next chunk of one stream. */
export class ChunkPace {
  #rows: number;

  constructor(firstRows: number) {
    this.#rows = firstRows;
  }

  get rows(): number {
    return this.#rows;
  }

  /** @param last what the last chunk had, and took. */
  measured(last: { readonly rows: number; readonly ms: number }): void {
    this.#rows = nextChunkRows(this.#rows, last);
  }
}
