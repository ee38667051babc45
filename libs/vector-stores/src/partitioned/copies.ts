import { isOlder, type Position } from "@freshet/schemas/position";

interface Positioned {
  readonly metadata: { readonly position: Position };
}

/** Of two copies of a point the one that is right. */
export function newest<T extends Positioned>(a: T, b: T): T {
  return isOlder(a.metadata.position, b.metadata.position) ? b : a;
}

/**
 * Of two copies of a point the one to compare with what is to be written: then the row is written again, which removes the other
 * copy. Were it the newest, whoever has its row already would see nothing to do.
 */
export function oldest<T extends Positioned>(a: T, b: T): T {
  return isOlder(b.metadata.position, a.metadata.position) ? b : a;
}

/** One of each point, by its id. */
export function onePerId<T extends Positioned & { readonly id: string }>(
  copies: Iterable<T>,
  choose: (a: T, b: T) => T,
): Map<string, T> {
  const chosen = new Map<string, T>();
  for (const copy of copies) {
    const known = chosen.get(copy.id);
    chosen.set(copy.id, known ? choose(known, copy) : copy);
  }
  return chosen;
}
