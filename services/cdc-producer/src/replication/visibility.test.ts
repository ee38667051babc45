import { describe, expect, it } from "vitest";
import { isVisible } from "./visibility.js";

describe("isVisible", () => {
  it.each([
    [99, "100:105:101,103", true],
    [102, "100:105:101,103", true],
    [101, "100:105:101,103", false],
    [103, "100:105:101,103", false],
    [105, "100:105:", false],
    [106, "100:105:", false],
    [104, "105:105:", true],
  ])("of %i in %s: %s", (xid, snapshot, visible) => {
    expect(isVisible(xid, snapshot)).toBe(visible);
  });

  it("knows transactions on both sides of a wrap-around", () => {
    const epoch = 3n << 32n;
    const snapshot = `${epoch - 5n}:${epoch + 10n}:${epoch - 2n},${epoch + 4n}`;
    expect(isVisible(0xffffffff - 2, snapshot)).toBe(true);
    expect(isVisible(0xffffffff - 1, snapshot)).toBe(false);
    expect(isVisible(4, snapshot)).toBe(false);
    expect(isVisible(5, snapshot)).toBe(true);
    expect(isVisible(11, snapshot)).toBe(false);
  });
});
