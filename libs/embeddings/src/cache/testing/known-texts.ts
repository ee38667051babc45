import { createHash } from "node:crypto";
import type { Embedding } from "../../embedding-model.js";

const DIMENSIONS = 384;

export function hashOf(name: string, place: number): string {
  return createHash("sha256").update(`${name} ${place}`).digest("hex");
}

/** What the text of this hash becomes: known by its hash alone, so that any reader can tell whether it is whole. */
export function embeddingOf(hash: string): Embedding {
  const seed = Number.parseInt(hash.slice(0, 6), 16);
  return { vector: Float32Array.from({ length: DIMENSIONS }, (_, i) => Math.fround(seed / (i + 1))), tokens: seed };
}
