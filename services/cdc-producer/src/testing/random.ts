import { randomName } from "@freshet/local-stack/testing";

/** Derived from the seed that the test run prints (FRESHET_TEST_SEED), so that a run can be repeated. */
export function randomSeed(): number {
  return Number.parseInt(randomName("seed").slice(-8), 16);
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
