import { describe, expect, it } from "vitest";
import { newSourceState } from "../service/source-progress.js";
import { hasMoved, polledState } from "./polled-identity.js";
import { decodePollProgress, encodePollProgress } from "./poll-progress.js";

const seen = { address: "db:5432/shop", systemIdentifier: "7", timeline: 1, database: "shop" };
const stored = {
  ...newSourceState({ slot: "s", publication: "p", identity: { ...seen, walEnd: 0n } }, []),
  polled: { "public.a": "1" },
};
const source = { slot: "s", publication: "p", seen, stored, others: [], command: null };

describe("a polled source", () => {
  it("goes on where it was, also where the server doesn't tell who it is", () => {
    expect(polledState(source)).toEqual(stored);
    expect(polledState({ ...source, seen: { ...seen, systemIdentifier: "", timeline: 0 } }).polled).toEqual(
      stored.polled,
    );
  });

  it("stops at another database, until a person accepts it: then all of it is read anew", () => {
    for (const other of [{ systemIdentifier: "8" }, { database: "another" }]) {
      const moved = { ...source, seen: { ...seen, ...other } };
      expect(() => polledState(moved)).toThrow(/another database.*freshet source accept.*or name another source\.slot/);
      const fromWal = { ...moved, stored: { ...stored, confirmedLsn: "1/0" } };
      expect(() => polledState(fromWal)).toThrow(/another database.*freshet source accept/);
      const command = { kind: "accept", slot: "s", epoch: stored.epoch, requestedAt: 0 } as const;
      const accepted = polledState({ ...moved, command });
      expect(accepted).toMatchObject({ ...other, polled: {}, snapshots: {} });
      expect(accepted.epoch).toBeGreaterThan(stored.epoch);
      const late = { ...command, epoch: stored.epoch - 1 };
      expect(() => polledState({ ...moved, command: late })).toThrow(/another database/);
    }
  });

  it("begins a new epoch where the WAL was read before", () => {
    const wal = { ...stored, confirmedLsn: "1/0", lastCommit: null, snapshots: {} };
    const begun = polledState({ ...source, stored: wal });
    expect(begun).toMatchObject({ confirmedLsn: "0/0", lastCommit: null, polled: {} });
    expect(begun.epoch).toBeGreaterThan(wal.epoch);
  });

  it("notices a restore or a fail-over, where the timeline is known", () => {
    const moved = [1, 2, 0].map((timeline) => hasMoved(stored, { ...seen, timeline }));
    expect([...moved, hasMoved(null, seen)]).toEqual([false, true, false, false]);
  });
});

describe("the progress", () => {
  it("is stored so that people can read how far it is", () => {
    const mark = { atMs: 5, highest: "2024-01-01 00:00:00.000001+00", below: null };
    const round = { after: ["2024-01-01 00:00:00+00", '{"a'], mark };
    for (const progress of [
      { reads: 2n ** 60n, floor: null, round: null },
      { reads: 10_000n, floor: "2024-01-01 00:00:00+00", round },
    ]) {
      expect(decodePollProgress("public.a", encodePollProgress(progress))).toEqual(progress);
    }
    expect(encodePollProgress({ reads: 1n, floor: "17", round: null })).toMatch(/^17 /);
    expect(() => decodePollProgress("public.a", "17")).toThrow(/How far public\.a was polled can't be read/);
  });
});
