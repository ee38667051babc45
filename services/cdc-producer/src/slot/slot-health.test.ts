import type { SourceState } from "@freshet/schemas/service-state";
import { expect, it } from "vitest";
import { isEndangered, pastWal, slotHealth, type SlotReading } from "./slot-health.js";
import { WalHistory } from "./wal-history.js";

const reading: SlotReading = {
  ...{ walEnd: 3_000_000n, restartLsn: 500_000n, walStatus: "extended", safeBytes: 6_000_000, spilledBytes: 7 },
};

function growing(): WalHistory {
  const history = new WalHistory();
  history.add({ at: 0, walEnd: 1_000_000n });
  history.add({ at: 10_000, walEnd: 3_000_000n });
  return history;
}

it("tells lag, kept WAL, and how long the rest lasts at the present rate", () => {
  expect(slotHealth(reading, 2_000_000n, growing())).toEqual({
    ...{ walEnd: "0/2DC6C0", lagBytes: 1_000_000, lagMs: 5_000, retainedBytes: 2_500_000 },
    ...{ safeBytes: 6_000_000, safeMs: 30_000, walStatus: "extended", spilledBytes: 7 },
  });
});

it("knows after a restart since when changes wait", () => {
  const health = { ...slotHealth(reading, 2_000_000n, growing()), lagMs: 5_000 };
  const state: SourceState = {
    ...{
      kind: "source",
      slot: "s",
      publication: "p",
      phase: "stopped",
      lastError: null,
      lastErrorCode: null,
      updatedAt: 1_000_000,
    },
    ...{ systemIdentifier: "7", timeline: 1, database: "shop", epoch: 3, confirmedLsn: "0/1E8480", lastCommit: null },
    ...{ snapshots: {}, requested: {}, polled: {}, health },
  };
  const history = pastWal(state, 1_060_000, 100);
  history.add({ at: 100, walEnd: 3_000_000n });
  expect(history.waitedMs(2_000_000n)).toBe(65_000);
  expect(history.waitedMs(3_000_000n)).toBe(0);
  expect(pastWal({ ...state, health: null }, 1_060_000, 100).waitedMs(0n)).toBe(0);
});

it("is in whole milliseconds, as the state takes it", () => {
  expect(slotHealth(reading, 2_333_333n, growing()).lagMs).toBe(3_333);
});

it("has no end without a limit, or while nothing is written", () => {
  expect(slotHealth({ ...reading, safeBytes: null }, 3_000_000n, growing())).toMatchObject({ safeMs: null, lagMs: 0 });
  expect(slotHealth(reading, 3_000_000n, new WalHistory())).toMatchObject({ safeMs: null });
  expect(slotHealth({ ...reading, restartLsn: null }, 4_000_000n, growing())).toMatchObject({
    ...{ retainedBytes: 0, lagBytes: 0 },
  });
});

it.each([
  ["is beyond its limit", { walStatus: "unreserved" }, true],
  ["reaches its limit within the hour", { safeMs: 3_500_000 }, true],
  ["lasts for hours", { safeMs: 7_000_000 }, false],
  ["has no limit", { safeBytes: null, safeMs: null }, false],
])("sees whether a slot is in danger that %s", (_what, change, expected) => {
  const health = { ...slotHealth(reading, 0n, growing()), ...change };
  expect(isEndangered(health)).toBe(expected);
});
