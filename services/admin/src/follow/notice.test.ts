import { expect, it } from "vitest";
import { NOW, run, sourceState } from "../testing/states.js";
import type { FollowedRun } from "./followed-run.js";
import { noticeOf } from "./notice.js";
import { PlainReport } from "./plain-report.js";

const waiting: FollowedRun = { title: "public.books", outcome: { kind: "waiting" } };
const running: FollowedRun = { title: "public.orders", outcome: { kind: "running", run: run() } };

function notice(state: ReturnType<typeof sourceState> | null, now: number, runs: readonly FollowedRun[] = [waiting]) {
  return noticeOf({ view: { state }, runs, askedAt: NOW, now, knownError: "Known." });
}

it("asks whether a producer is running when none has reported, or none any more", () => {
  expect(notice(null, NOW)?.text).toBe("No cdc-producer has reported yet: is it running? Waiting for it.");
  expect(notice(sourceState(), NOW + 60_000)?.kind).not.toBe("silent");
  expect(notice(sourceState(), NOW + 61_000)?.text).toContain("last reported 61 s ago: is it running?");
});

it("asks too when nothing is taken up for half a minute, unless the producer is at something else", () => {
  expect(notice(sourceState(), NOW + 30_000)).toBeNull();
  expect(notice(sourceState(), NOW + 30_001)?.kind).toBe("ignored");
  expect(notice(sourceState(), NOW + 30_001, [waiting, running])).toBeNull();
  const busy = sourceState({ snapshots: { "public.orders": run() } });
  expect(notice(busy, NOW + 30_001)).toBeNull();
  const failed = sourceState({ requested: { r: { ...run(), table: "public.books", error: "No." } } });
  expect(notice(failed, NOW + 30_001)?.kind).toBe("ignored");
});

it("passes the producer's error on", () => {
  expect(notice(sourceState({ phase: "stopped", lastError: "The slot is lost." }), NOW)?.text).toBe(
    "The cdc-producer's last error: The slot is lost.",
  );
  expect(notice(sourceState({ phase: "stopped", lastError: "Known." }), NOW)).toBeNull();
});

it("is due a line at each change, and for what runs every 10 s", () => {
  const report = new PlainReport();
  const due = (runs: readonly FollowedRun[], now: number) => report.dueRuns(runs, now).map(({ title }) => title);
  expect(due([waiting, running], 0)).toEqual(["public.books", "public.orders"]);
  expect(due([waiting, running], 9_999)).toEqual([]);
  expect(due([waiting, running], 10_000)).toEqual(["public.orders"]);
  expect(due([{ ...waiting, outcome: { kind: "failed", reason: "" } }, running], 10_200)).toEqual(["public.books"]);
});

it("is due a notice once, and again when it comes again", () => {
  const report = new PlainReport();
  const silent = { kind: "silent", text: "silent" } as const;
  expect([silent, { ...silent, text: "longer" }, null, silent].map((one) => report.dueNotice(one)?.text)).toEqual([
    "silent",
    undefined,
    undefined,
    "silent",
  ]);
});
