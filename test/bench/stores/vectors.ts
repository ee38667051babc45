import { randomSource } from "@freshet/local-stack/random";

export const DIMENSIONS = 384;
const CENTRES = 1_000;
/** In how many directions the points of a cluster lie apart, as those of texts do; without these no graph finds its way. */
const LATENT = 24;
const SPREAD = 0.7;
const NOISE = 0.2;

/** Unit vectors around common centres, one after the other; the same ones for the same seed. */
export function clusteredVectors(count: number, seed: number): Float32Array {
  // The space is one and the same whatever the seed: queries lie among the points.
  const space = randomSource(CENTRES);
  const centres = matrix(CENTRES, DIMENSIONS, space);
  const directions = matrix(LATENT, DIMENSIONS, space);
  const random = randomSource(seed);
  const vectors = new Float32Array(count * DIMENSIONS);
  for (let i = 0; i < count; i++) {
    const vector = vectors.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS);
    addTo(vector, row(centres, Math.floor(random() * CENTRES)), 1);
    for (let place = 0; place < LATENT; place++) {
      addTo(vector, row(directions, place), symmetric(random) * (SPREAD / Math.sqrt(LATENT)));
    }
    for (let place = 0; place < DIMENSIONS; place++) {
      vector[place] = (vector[place] ?? 0) + symmetric(random) * (NOISE / Math.sqrt(DIMENSIONS));
    }
    normalise(vector);
  }
  return vectors;
}

export function row(vectors: Float32Array, place: number): Float32Array {
  return vectors.subarray(place * DIMENSIONS, (place + 1) * DIMENSIONS);
}

/** Unit vectors in any direction. */
function matrix(rows: number, columns: number, random: () => number): Float32Array {
  const vectors = Float32Array.from({ length: rows * columns }, () => symmetric(random));
  for (let place = 0; place < rows; place++) normalise(row(vectors, place));
  return vectors;
}

/** With mean 0 and variance 1. */
function symmetric(random: () => number): number {
  return (random() - 0.5) * Math.sqrt(12);
}

function addTo(vector: Float32Array, other: Float32Array, factor: number): void {
  for (let place = 0; place < vector.length; place++) {
    vector[place] = (vector[place] ?? 0) + (other[place] ?? 0) * factor;
  }
}

function normalise(vector: Float32Array): void {
  let square = 0;
  for (const part of vector) square += part * part;
  const length = Math.sqrt(square);
  for (let place = 0; place < vector.length; place++) vector[place] = (vector[place] ?? 0) / length;
}
