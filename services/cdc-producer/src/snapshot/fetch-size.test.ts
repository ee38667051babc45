import fc from "fast-check";
import { expect, it } from "vitest";
import { nextFetchRows } from "./fetch-size.js";

it("keeps a chunk near half a mebibyte, whatever the rows are like", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_000_000 }), fc.integer({ min: 1, max: 5 }), (length, count) => {
      const size = nextFetchRows(Array.from({ length: count }, () => ["x".repeat(length), null]));
      expect(size).toBeGreaterThanOrEqual(1);
      expect(size).toBeLessThanOrEqual(4 * count);
      if (size > 1) expect(size * length).toBeLessThanOrEqual(512 * 1024);
    }),
    { numRuns: 30 },
  );
});
