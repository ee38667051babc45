import { isOlder } from "@freshet/schemas/position";
import { StoreUnavailableError } from "./errors.js";
import type { PayloadUpdate, Point, PointMetadata } from "./vector-store.js";

/**
 * Whole points of what is stored: a payload update keeps the vector, so it may only fall on the text that its writer saw.
 *
 * @param stored by id. @throws {StoreUnavailableError} as `requireNewer` does.
 */
export function withStoredVectors(updates: readonly PayloadUpdate[], stored: ReadonlyMap<string, Point>): Point[] {
  const others: PayloadUpdate[] = [];
  const points = updates.flatMap((update) => {
    const found = stored.get(update.id);
    if (found?.metadata.textHash === update.metadata.textHash) return [{ ...update, vector: found.vector }];
    others.push(update);
    return [];
  });
  requireNewer(others, new Map([...stored].map(([id, { metadata }]) => [id, metadata])));
  return points;
}

/**
 * What isn't updated because another writer was there first must be newer; else the row would stay behind for good.
 *
 * @param updates that found no point of their text, or one that is newer. @param stored what
 * is there, by id.
 * @throws {StoreUnavailableError} when a point is gone, or has another text and isn't newer: whoever reads again what is
 * stored replaces it.
 */
export function requireNewer(updates: readonly PayloadUpdate[], stored: ReadonlyMap<string, PointMetadata>): void {
  const [first, ...more] = updates.filter(({ id, metadata }) => {
    const found = stored.get(id);
    return !found || !isOlder(metadata.position, found.position);
  });
  if (!first) return;
  throw new StoreUnavailableError(
    `Another writer changed ${more.length + 1} points under way (${first.id} is one): what is stored is read again.`,
  );
}
