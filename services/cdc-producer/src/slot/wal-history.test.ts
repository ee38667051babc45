import { describe, expect, it } from "vitest";
import { WalHistory } from "./wal-history.js";

function history(...samples: [at: number, walEnd: bigint][]): WalHistory {
  const some = new WalHistory();
  for (const [at, walEnd] of samples) some.add({ at, walEnd });
  return some;
}

describe("how long the oldest unconfirmed change has waited", () => {
  it("is since the WAL passed what is confirmed, which lies between two samples", () => {
    const some = history([0, 100n], [10_000, 200n], [20_000, 200n], [30_000, 1200n]);
    expect(some.waitedMs(100n)).toBe(30_000);
    expect(some.waitedMs(150n)).toBe(25_000);
    expect(some.waitedMs(200n)).toBe(10_000);
    expect(some.waitedMs(700n)).toBe(5_000);
    expect(some.waitedMs(1200n)).toBe(0);
  });

  it("is at least since the first sample, when all of it is older", () => {
    expect(history([5_000, 900n], [15_000, 900n]).waitedMs(100n)).toBe(10_000);
    expect(history().waitedMs(100n)).toBe(0);
  });

  it("is remembered for days, more roughly", () => {
    const some = new WalHistory();
    const day = 86_400_000;
    for (let at = 0; at <= 7 * day; at += 10_000) {
      // Nothing was written on the third day.
      some.add({ at, walEnd: BigInt(at < 2 * day || at > 3 * day ? at : 2 * day) });
    }
    expect(some.waitedMs(BigInt(day)) / day).toBeCloseTo(6);
    expect(some.waitedMs(BigInt(2 * day)) / day).toBeGreaterThan(3.9);
    expect(some.waitedMs(BigInt(2 * day)) / day).toBeLessThan(4.4);
    expect(some.waitedMs(BigInt(7 * day - 20_000))).toBe(20_000);
  });
});

describe("the rate of the WAL", () => {
  it("is that of the last minutes", () => {
    const some = history([0, 0n], [100_000, 1_000_000n], [200_000, 1_000_500n], [300_000, 1_001_000n]);
    expect(some.bytesPerMs(200_000)).toBeCloseTo(0.005);
    expect(some.bytesPerMs(300_000)).toBeCloseTo(3.34, 1);
  });

  it("isn't known from a single sample, nor across a loss of WAL", () => {
    expect(history([0, 100n]).bytesPerMs(300_000)).toBe(0);
    expect(history([0, 900n], [10_000, 100n]).bytesPerMs(300_000)).toBe(0);
  });
});
