/**
 * Cuts what is to be done in one go: in order, each piece at most `max` in size. An item that is larger is a piece of
 * its own.
 */
export function pieces<T>(items: readonly T[], sizeOf: (item: T) => number, max: number): T[][] {
  const cut: T[][] = [];
  let piece: T[] = [];
  let size = 0;
  for (const item of items) {
    const more = sizeOf(item);
    if (piece.length > 0 && size + more > max) {
      cut.push(piece);
      piece = [];
      size = 0;
    }
    piece.push(item);
    size += more;
  }
  if (piece.length > 0) cut.push(piece);
  return cut;
}
