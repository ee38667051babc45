/** More would only take more memory. Most batches are one piece. */
export const LARGEST_PIECE = 4096;
const SMALLEST = 16;
const GROWTH = 64;

/**
 * How many points to read and write in one go, after a store was away or out of time. One that is so slow that a whole
 * piece never ends within a request's time-out would be asked for the same for ever; halves of it do end, and what is
 * done needn't be done again.
 *
 * @param tried how many there were.
 */
export function smallerPiece(tried: number): number {
  return Math.max(SMALLEST, Math.floor(tried / 2));
}

/** After one that ended well. Slowly, so that the store isn't run into its time-out again and again. */
export function largerPiece(size: number): number {
  return Math.min(LARGEST_PIECE, size + GROWTH);
}
