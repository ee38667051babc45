import { describe, expect, it } from "vitest";
import { poolBatch } from "./pooling.js";

/** Two texts of two dimensions, three tokens wide; the second text's last token is padding. */
const hidden = { data: Float32Array.of(3, 4, 0, 1, 0, 1, 0, 2, 2, 0, 90, -90), width: 3, dimensions: 2 };
const lengths = [3, 2];

describe("poolBatch", () => {
  it("takes each text's first token, scaled to length 1", () => {
    const [first, second] = poolBatch(hidden, lengths, "cls");
    expect([...(first ?? [])]).toEqual([expect.closeTo(0.6), expect.closeTo(0.8)]);
    expect([...(second ?? [])]).toEqual([0, 1]);
  });

  it("takes the mean of the tokens that are no padding", () => {
    const [first, second] = poolBatch(hidden, lengths, "mean");
    expect([...(first ?? [])]).toEqual([expect.closeTo(3 / Math.hypot(3, 6)), expect.closeTo(6 / Math.hypot(3, 6))]);
    expect([...(second ?? [])]).toEqual([expect.closeTo(Math.SQRT1_2), expect.closeTo(Math.SQRT1_2)]);
  });

  it("refuses a vector that points nowhere", () => {
    const zero = { data: new Float32Array(2), width: 1, dimensions: 2 };
    const broken = { data: Float32Array.of(NaN, 1), width: 1, dimensions: 2 };
    expect(() => poolBatch(zero, [1], "cls")).toThrow(RangeError);
    expect(() => poolBatch(broken, [1], "cls")).toThrow(RangeError);
  });
});
