export interface PieceLimits {
  readonly items: number;
  readonly bytes: number;
}

/**
 * Cuts items as they come into pieces, each not empty.
 *
 * @param limits asked at the beginning of each piece. An item that is larger by itself makes a piece of its own.
 */
export async function* cut<T>(
  items: AsyncIterable<T> | Iterable<T>,
  sizeOf: (item: T) => number,
  limits: () => PieceLimits,
): AsyncGenerator<T[], void, void> {
  let piece: T[] = [];
  let bytes = 0;
  let limit = limits();
  for await (const item of items) {
    const size = sizeOf(item);
    if (piece.length > 0 && bytes + size > limit.bytes) {
      yield piece;
      [piece, bytes, limit] = [[], 0, limits()];
    }
    piece.push(item);
    bytes += size;
    if (piece.length >= limit.items) {
      yield piece;
      [piece, bytes, limit] = [[], 0, limits()];
    }
  }
  if (piece.length > 0) yield piece;
}
