import { slicesBySize } from "../slices.js";
import type { ChromaRecord } from "./point.js";

/** More gain nothing; Chroma takes about 5,400, by what its SQLite takes. */
export const POINTS_PER_REQUEST = 1_000;
/** Chroma takes 40 MiB. */
const BYTES_PER_REQUEST = 32 * 1024 * 1024;
/** Of JSON; what has more is escaped, and rare. */
const BYTES_PER_CHARACTER = 3;
/** A double prints up to 24 characters, and a comma; most servers take it shorter. */
const BYTES_PER_DIMENSION = 25;

/**
 * The records in requests that Chroma takes.
 *
 * @param dimensions of the vectors that go with them; 0 where none do.
 */
export function requestsOf(
  records: readonly ChromaRecord[],
  { most, dimensions }: { readonly most: number; readonly dimensions: number },
): Generator<ChromaRecord[]> {
  return slicesBySize(records, {
    most: Math.min(POINTS_PER_REQUEST, most),
    bytes: BYTES_PER_REQUEST,
    bytesOf: ({ characters }) => characters * BYTES_PER_CHARACTER + dimensions * BYTES_PER_DIMENSION,
  });
}
