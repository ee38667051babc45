import type { Embedding } from "../embedding-model.js";

/** Of vectors of length 1. */
export function cosine(a: Embedding | undefined, b: Embedding | undefined): number {
  if (!a || a.vector.length !== b?.vector.length) return NaN;
  return a.vector.reduce((sum, x, i) => sum + x * (b.vector[i] ?? NaN), 0);
}
