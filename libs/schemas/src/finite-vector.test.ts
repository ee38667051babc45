import { expect, it } from "vitest";
import { isFiniteVector } from "./finite-vector.js";

const LARGEST = 3.4028234663852886e38;
const SMALLEST = 1.401298464324817e-45;

it.each([[[]], [[0, -0]], [[SMALLEST, -SMALLEST]], [Array<number>(4096).fill(LARGEST)], [[LARGEST, -LARGEST]]])(
  "takes %j",
  (values) => expect(isFiniteVector(Float32Array.from(values))).toBe(true),
);

it.each([[[NaN]], [[1, NaN, 2]], [[Infinity, 1]], [[1, -Infinity]], [[Infinity, -Infinity]], [[LARGEST, 1e39]]])(
  "refuses %j",
  (values) => expect(isFiniteVector(Float32Array.from(values))).toBe(false),
);
