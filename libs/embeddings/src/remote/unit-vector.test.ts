import { describe, expect, it } from "vitest";
import { ModelMisconfiguredError, WrongVectorsError } from "./errors.js";
import { unitVector } from "./unit-vector.js";

const PLANE = { name: "plane", dimensions: 2 };

describe("unitVector", () => {
  it("keeps the direction and sets the length to 1", () => {
    expect(unitVector(Float32Array.of(3, 4), PLANE)).toEqual(Float32Array.of(0.6, 0.8));
  });

  it("leaves a vector alone that has it, to the last bit", () => {
    const vector = Float32Array.of(0.60001, 0.8);
    expect(unitVector(vector, PLANE)).toBe(vector);
  });

  it.each([
    [0, 0],
    [NaN, 1],
    [Infinity, 1],
    [3e38, -3e38 * 10],
  ])("refuses (%d, %d)", (x, y) => {
    expect(() => unitVector(Float32Array.of(x, y), PLANE)).toThrow(WrongVectorsError);
  });

  it("names both dimensions when they differ", () => {
    expect(() => unitVector(Float32Array.of(1), PLANE)).toThrow(ModelMisconfiguredError);
    expect(() => unitVector(Float32Array.of(1), PLANE)).toThrow(/plane gives vectors of 1 dimensions, and 2 are/);
  });
});
