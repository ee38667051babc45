import fc from "fast-check";
import { expect, it } from "vitest";
import { comparePositions, formatPosition, isOlder, parsePosition } from "./position.js";

const position = fc.record({
  epoch: fc.nat(),
  commitLsn: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  seq: fc.nat(),
});

it("survives being written and read", () => {
  fc.assert(
    fc.property(position, (p) => {
      expect(comparePositions(parsePosition(formatPosition(p)), p)).toBe(0);
    }),
  );
});

it("is a total order in which the epoch outranks the LSN and the LSN the sequence", () => {
  fc.assert(
    fc.property(position, position, (a, b) => {
      const tuple = [
        a.epoch - b.epoch,
        a.commitLsn === b.commitLsn ? 0 : a.commitLsn < b.commitLsn ? -1 : 1,
        a.seq - b.seq,
      ];
      expect(Math.sign(comparePositions(a, b))).toBe(Math.sign(tuple.find((part) => part !== 0) ?? 0));
      expect(isOlder(a, b) && isOlder(b, a)).toBe(false);
    }),
  );
});

it.each(["", "1/2", "1/2/3/4", "a/1/1", "1/-2/3"])("refuses %j", (text) => {
  expect(() => parsePosition(text)).toThrow(RangeError);
});
