import type { SourceErrorCode } from "@freshet/postgres/errors";
import type { SourceState } from "@freshet/schemas/service-state";
import { describe, expect, it } from "vitest";
import { checkIdentity, nextEpoch, type SeenSource } from "./source-identity.js";

const stored: SourceState = {
  ...{
    kind: "source",
    slot: "freshet",
    publication: "freshet",
    phase: "streaming",
    lastError: null,
    lastErrorCode: null,
    updatedAt: 1,
  },
  ...{
    systemIdentifier: "7",
    timeline: 1,
    database: "shop",
    epoch: 3,
    confirmedLsn: "0/100",
    lastCommit: null,
    snapshots: {},
  },
  ...{ requested: {}, polled: {}, health: null },
};
const slot = { plugin: "pgoutput", database: "shop", confirmedLsn: 0x100n, lost: null };
const seen: SeenSource = {
  ...{ address: "db:5432/shop", systemIdentifier: "7", timeline: 1, database: "shop", walEnd: 0x200n },
  slot,
};

describe("checkIdentity", () => {
  it.each([
    ["the same", stored, seen],
    [
      "a slot that is behind the state, as after a crash of the server",
      stored,
      { ...seen, slot: { ...slot, confirmedLsn: 0x90n } },
    ],
    ["a slot never read, and not there", null, { ...seen, slot: null }],
    ["a slot never read, left by a start that was interrupted", null, seen],
  ])("goes on with %s", (_what, stored, seen) => {
    expect(() => checkIdentity("freshet", stored, seen)).not.toThrow();
  });

  it.each<[string, SeenSource, SourceErrorCode]>([
    ["another server", { ...seen, systemIdentifier: "8" }, "another-database"],
    ["another database", { ...seen, database: "test", slot: { ...slot, database: "test" } }, "another-database"],
    ["another timeline", { ...seen, timeline: 2 }, "another-timeline"],
    ["an older copy", { ...seen, walEnd: 0xffn }, "older-copy"],
    ["a slot that is gone", { ...seen, slot: null }, "slot-gone"],
    ["a slot made anew", { ...seen, slot: { ...slot, confirmedLsn: 0x101n } }, "slot-moved"],
    ["a slot that can't be read", { ...seen, slot: { ...slot, lost: "wal_removed" } }, "slot-lost"],
  ])("stops at %s, and names the command that goes on", (_what, seen, code) => {
    const check = () => checkIdentity("freshet", stored, seen);
    expect(check).toThrow(/`freshet source accept`/);
    expect(check).toThrow(expect.objectContaining({ code }) as Error);
  });

  it("never takes a slot of somebody else", () => {
    const foreign = { ...seen, slot: { ...slot, plugin: "wal2json" } };
    for (const state of [stored, null]) {
      expect(() => checkIdentity("freshet", state, foreign)).toThrow(/name another source\.slot in freshet\.yaml/);
    }
  });
});

it("gives a new slot an epoch above every other", () => {
  expect(nextEpoch([], 5_999)).toBe(5);
  expect(nextEpoch([stored, { ...stored, epoch: 7 }], 5_999)).toBe(8);
});
