import type { ScheduledJob } from "@freshet/process/schedule-configuration";
import type { JobState } from "@freshet/schemas/service-state";
import { expect, it } from "vitest";
import { begun, corrected, decide, ended, takenOver, type JobOutcome } from "./job-plan.js";

const settings: ScheduledJob = {
  ...{ job: "verify", cron: "*/5 * * * *", timezone: "UTC", timeoutMinutes: 60, repair: false, waitSeconds: 60 },
};
const at = (time: string) => Date.parse(`2026-01-01T${time}Z`);
const place = (time: string) => ({ slot: "shop", now: at(time) });
const job = { name: "look", settings };
const OK: JobOutcome = { result: "ok", message: "All equal." };

const known = (since: string): JobState => takenOver(undefined, job, place(since));
const started = (state: JobState, due: string, startedAt = due, attempt = 1): JobState =>
  begun(state, { due: at(due), attempt, startedAt: at(startedAt), instance: "one" });
function over(state: JobState, finishedAt: string, outcome = OK): JobState {
  if (state.running === null) throw new Error("it isn't running");
  return ended(state, state.running, outcome, { now: at(finishedAt), settings });
}

it("waits for the next due time, and begins when it has come", () => {
  const state = known("12:01:00");
  expect(decide(state, settings, at("12:01:00"))).toEqual({ kind: "wait", until: at("12:05:00") });
  expect(decide(state, settings, at("12:04:59.999"))).toEqual({ kind: "wait", until: at("12:05:00") });
  expect(decide(state, settings, at("12:05:00"))).toEqual({ kind: "run", due: at("12:05:00"), attempt: 1 });
});

it("begins once for a due time", () => {
  const state = over(started(known("12:01:00"), "12:05:00"), "12:05:00.300");
  expect(decide(state, settings, at("12:05:00.301"))).toEqual({ kind: "wait", until: at("12:10:00") });
  // On a machine whose clock is behind, too.
  expect(decide(state, settings, at("12:04:30"))).toEqual({ kind: "wait", until: at("12:10:00") });
});

it("leaves out what was due while a run went on, and counts it", () => {
  const state = over(started(known("12:01:00"), "12:05:00"), "12:17:00");
  expect(state.last?.skipped).toBe(2);
  expect(decide(state, settings, at("12:17:00"))).toEqual({ kind: "wait", until: at("12:20:00") });
});

it("makes up once for all that was due while nobody led", () => {
  const before = over(started(known("12:01:00"), "12:05:00"), "12:06:00");
  const state = takenOver(before, job, place("18:00:30"));
  expect(decide(state, settings, at("18:00:30"))).toEqual({ kind: "run", due: at("12:10:00"), attempt: 1 });
  const madeUp = over(started(state, "12:10:00", "18:00:30"), "18:01:00");
  expect(decide(madeUp, settings, at("18:01:00"))).toEqual({ kind: "wait", until: at("18:05:00") });
});

it("begins again what was broken off, but not for ever", () => {
  let state = started(known("12:01:00"), "12:05:00");
  for (const attempt of [2, 3]) {
    state = takenOver(state, job, place("12:06:00"));
    expect(state).toMatchObject({ running: null, last: { result: "interrupted", attempt: attempt - 1 } });
    expect(state.last?.message).toContain("Its process (one) ended");
    expect(decide(state, settings, at("12:06:00"))).toEqual({ kind: "run", due: at("12:05:00"), attempt });
    state = started(state, "12:05:00", "12:06:00", attempt);
  }
  state = takenOver(state, job, place("12:06:00"));
  expect(decide(state, settings, at("12:06:00"))).toEqual({ kind: "wait", until: at("12:10:00") });
});

it("doesn't begin a failed run again before it is due", () => {
  const failed = over(started(known("12:01:00"), "12:05:00"), "12:05:01", { result: "failed", message: "No." });
  expect(decide(failed, settings, at("12:05:02"))).toEqual({ kind: "wait", until: at("12:10:00") });
  expect(failed.lastOkAt).toBeNull();
});

it("counts from now on when the expression is another one, and knows nothing of another job's runs", () => {
  const nightly = over(started(known("02:00:00"), "03:00:00"), "03:10:00");
  const hourly = { ...job, settings: { ...settings, cron: "0 * * * *" } };
  const state = takenOver(nightly, hourly, place("12:30:00"));
  expect(decide(state, hourly.settings, at("12:30:00"))).toEqual({ kind: "wait", until: at("13:00:00") });
  expect(state.last?.result).toBe("ok");
  const other = { name: "look", settings: { job: "dead-letters", cron: "0 * * * *", timezone: "UTC" } as ScheduledJob };
  expect(takenOver(nightly, other, place("12:30:00"))).toMatchObject({
    last: null,
    lastOkAt: null,
    since: at("12:30:00"),
  });
});

it("goes on when the clock was far ahead before", () => {
  const wrong = over(started(known("12:01:00"), "23:05:00"), "23:06:00");
  const state = corrected(wrong, at("12:07:00"));
  expect(decide(state, settings, at("12:07:00"))).toEqual({ kind: "wait", until: at("12:10:00") });
  expect(corrected(state, at("12:10:00"))).toBe(state);
  expect(decide(state, settings, at("12:10:00"))).toEqual({ kind: "run", due: at("12:10:00"), attempt: 1 });
});
