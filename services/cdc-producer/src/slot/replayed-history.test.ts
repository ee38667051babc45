import { describe, expect, it } from "vitest";
import { ReplayedHistory, type CommitMark } from "./replayed-history.js";

const last: CommitMark = { commitLsn: 300n, xid: 7, committedAt: 1_000 };
const before: CommitMark = { commitLsn: 200n, xid: 6, committedAt: 900 };
const behind: CommitMark = { commitLsn: 400n, xid: 8, committedAt: 1_100 };
const history = (options: { from?: bigint; last?: CommitMark | null } = {}) =>
  new ReplayedHistory({ address: "db:5432/shop", from: 100n, confirmed: 400n, last, ...options });

describe("what is sent again", () => {
  it("was captured before, up to the last transaction, and proves the history", () => {
    const replayed = history();
    expect(replayed.isProved).toBe(false);
    expect([before, last].map((commit) => replayed.replays(commit))).toEqual([true, true]);
    expect(replayed.isProved).toBe(false);
    expect(replayed.replays(behind)).toBe(false);
    expect(replayed.isProved).toBe(true);
  });

  it("is nothing when the slot stands where it was confirmed", () => {
    const replayed = history({ from: 400n });
    expect(replayed.isProved).toBe(true);
    expect(replayed.replays(behind)).toBe(false);
  });

  it("needn't hold the last transaction when the slot is past it", () => {
    const replayed = history({ from: 350n });
    replayed.reached(500n);
    expect(replayed.isProved).toBe(true);
  });
});

describe("another history", () => {
  it.each([
    ["lacks the last transaction", (replayed: ReplayedHistory) => replayed.reached(500n)],
    ["goes past it", (replayed: ReplayedHistory) => replayed.replays({ ...last, commitLsn: 399n })],
    ["has another one in its place", (replayed: ReplayedHistory) => replayed.replays({ ...last, xid: 8 })],
    ["has it at another time", (replayed: ReplayedHistory) => replayed.replays({ ...last, committedAt: 1_001 })],
    ["goes on without it", (replayed: ReplayedHistory) => replayed.replays(behind)],
  ])("%s", (_what, read) => {
    expect(() => read(history())).toThrow(/older copy of the database was restored.*`freshet source accept`/);
  });

  it("has a transaction where there was none", () => {
    expect(() => history({ last: null }).replays(before)).toThrow(/older copy/);
  });
});
