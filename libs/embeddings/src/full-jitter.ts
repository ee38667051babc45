/**
 * A random wait up to a bound that doubles: clients that failed together don't come back together.
 *
 * @param attempt which repetition it is, from 1.
 */
export function fullJitterMs(
  attempt: number,
  { firstMs, longestMs }: { readonly firstMs: number; readonly longestMs: number },
): number {
  return Math.random() * Math.min(longestMs, firstMs * 2 ** (attempt - 1));
}
