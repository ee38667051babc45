import { describe, expect, it } from "vitest";
import { VectorCache } from "./vector-cache.js";

const vector = (x: number) => new Float32Array(384).fill(x);
/** Room for about three such vectors. */
const BYTES = 3 * (384 * 4 + 400);

describe("VectorCache", () => {
  it("forgets what was not used for longest", () => {
    const cache = new VectorCache(BYTES);
    for (const [i, hash] of ["a", "b", "c"].entries()) cache.set(hash, vector(i));
    cache.get("a");
    cache.set("d", vector(3));
    expect(["a", "b", "c", "d"].filter((hash) => cache.get(hash))).toEqual(["a", "c", "d"]);
    expect(cache.get("d")?.[0]).toBe(3);
  });

  it("counts a text that is set again once", () => {
    const cache = new VectorCache(BYTES);
    for (let i = 0; i < 10; i++) cache.set("a", vector(i));
    cache.set("b", vector(1));
    expect(cache.get("a")?.[0]).toBe(9);
    expect(cache.get("b")).toBeDefined();
  });
});
