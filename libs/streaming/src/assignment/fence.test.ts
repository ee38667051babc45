import { describe, expect, test } from "vitest";
import { FatalError, FencedError } from "../errors.js";
import { elapsedMs, HeartbeatFence, type Instant, mayStart } from "./fence.js";

const sessionTimeoutMs = 30_000;

test("a request may start while it ends before the session may lapse", () => {
  const question = { sessionTimeoutMs, requestTimeoutMs: 10_000 };
  expect(mayStart({ ...question, sinceHeartbeatMs: 20_000 })).toBe(true);
  expect(mayStart({ ...question, sinceHeartbeatMs: 20_001 })).toBe(false);
  expect(mayStart({ ...question, sinceHeartbeatMs: null })).toBe(false);
});

test("a suspended machine counts, although its monotonic clock stood still", () => {
  const since: Instant = { monotonicMs: 1000, wallMs: 5000 };
  expect(elapsedMs(since, { monotonicMs: 1010, wallMs: 65_000 })).toBe(60_000);
  expect(elapsedMs(since, { monotonicMs: 1010, wallMs: 4000 })).toBe(10);
});

describe("a fence", () => {
  function fenceAt() {
    let nowMs = 0;
    const now = () => ({ monotonicMs: nowMs, wallMs: nowMs });
    const fence = new HeartbeatFence({ sessionTimeoutMs, clock: now });
    return { fence, now, pass: (ms: number) => (nowMs += ms) };
  }

  test("is closed before the first heartbeat, open after it, and closed again when the process was frozen", () => {
    const { fence, now, pass } = fenceAt();
    expect(() => fence.check(5000)).toThrow(FencedError);
    fence.beat(now());
    fence.check(5000);
    pass(25_001);
    expect(() => fence.check(5000)).toThrow("The broker's last answer to a heartbeat is 25001 ms old.");
    fence.beat(now());
    fence.check(5000);
  });

  test("counts a heartbeat from when it was sent: its answer may have waited in the socket of a frozen process", () => {
    const { fence, now, pass } = fenceAt();
    const sentAt = now();
    pass(60_000);
    fence.beat(sentAt);
    expect(() => fence.check(5000)).toThrow(FencedError);
  });

  test("refuses for good what can never fit", () => {
    const { fence, now } = fenceAt();
    fence.beat(now());
    expect(() => fence.check(30_000)).toThrow(FatalError);
  });
});
