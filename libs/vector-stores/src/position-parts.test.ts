import { expect, it } from "vitest";
import { InputRefusedError } from "./errors.js";
import { positionParts } from "./position-parts.js";

/** The producer's first epoch is the clock's seconds. */
const NOW = 1_795_337_837;

it("sorts as positions do, up to the last LSN", () => {
  const positions = [
    { epoch: 0, commitLsn: 7n, seq: 9 },
    { epoch: NOW, commitLsn: 0n, seq: 1 },
    { epoch: NOW, commitLsn: 2n ** 32n, seq: 0 },
    { epoch: NOW, commitLsn: 2n ** 48n - 1n, seq: 3 },
    { epoch: NOW, commitLsn: 2n ** 48n, seq: 2 },
    { epoch: NOW, commitLsn: 2n ** 64n - 1n, seq: 5 },
    { epoch: NOW, commitLsn: 2n ** 64n - 1n, seq: 6 },
    { epoch: NOW + 1, commitLsn: 1n, seq: 0 },
  ];
  const parts = positions.map(positionParts);
  const sorted = parts.toSorted((a, b) => a.high - b.high || a.low - b.low || a.seq - b.seq);
  expect(sorted).toEqual(parts);
  expect(parts.flatMap(Object.values).every(Number.isSafeInteger)).toBe(true);
});

it("refuses an epoch that no clock has", () => {
  expect(() => positionParts({ epoch: 2 ** 37, commitLsn: 0n, seq: 0 })).toThrow(InputRefusedError);
});
