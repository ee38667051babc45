import { dot } from "../embeddings/ranking.js";
import { DIMENSIONS, row } from "./vectors.js";

/**
 * The k nearest of unit vectors, best first, by looking at each: what an index is compared with.
 *
 * @param isCandidate says which ones count; all of them when absent.
 */
export function nearest(
  query: Float32Array,
  vectors: Float32Array,
  k: number,
  isCandidate: (place: number) => boolean = () => true,
): number[] {
  const best: { readonly place: number; readonly score: number }[] = [];
  const count = vectors.length / DIMENSIONS;
  for (let place = 0; place < count; place++) {
    if (!isCandidate(place)) continue;
    const score = dot(query, row(vectors, place));
    if (best.length === k && score <= (best.at(-1)?.score ?? 0)) continue;
    const rank = best.findIndex((other) => other.score < score);
    best.splice(rank === -1 ? best.length : rank, 0, { place, score });
    if (best.length > k) best.pop();
  }
  return best.map(({ place }) => place);
}

/** The share of the true ones that were found. */
export function recall(found: readonly string[], truth: readonly string[]): number {
  const known = new Set(found);
  return truth.filter((id) => known.has(id)).length / truth.length;
}
