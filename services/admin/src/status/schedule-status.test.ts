import type { ScheduledJob } from "@freshet/process/schedule-configuration";
import type { JobState } from "@freshet/schemas/service-state";
import { createColors } from "picocolors";
import { expect, it } from "vitest";
import { renderSchedule } from "./render-schedule.js";
import { scheduleStatus } from "./schedule-status.js";

const now = Date.UTC(2026, 0, 1, 12, 1);
const when = { timezone: "UTC", timeoutMinutes: 60 };
const schedule: Record<string, ScheduledJob> = {
  look: { job: "verify", cron: "*/5 * * * *", ...when, repair: false, waitSeconds: 60 },
  night: { job: "backup", cron: "0 3 * * *", ...when },
  letters: { job: "dead-letters", cron: "@hourly", ...when },
};
const begun = { due: now - 61_000, attempt: 1, startedAt: now - 60_000, instance: "one" };
const known = { kind: "job", slot: "shop", schedule: "", since: 0, running: null, last: null, lastOkAt: null } as const;
const failure = { result: "failed", message: "The disk is full.", finishedAt: now - 50_000, skipped: 2 } as const;
const states: JobState[] = [
  {
    ...known,
    name: "look",
    job: "verify",
    running: begun,
    lastOkAt: now - 3_600_000 * 3,
    last: { ...begun, ...failure },
  },
  { ...known, name: "night", job: "verify", last: { ...begun, ...failure } },
  { ...known, name: "gone", job: "verify" },
  { ...known, name: "letters", slot: "other", job: "dead-letters", running: begun },
];
const members = (count: number) =>
  new Map([
    ["freshet.scheduler.shop", { group: "freshet.scheduler.shop", state: "Stable", members: count, partitions: [] }],
  ]);

it("shows what each configured job does, and what became of it", () => {
  const status = scheduleStatus({ schedule, slot: "shop", states, groups: members(2), now });
  expect(renderSchedule(status, now, createColors(false))).toEqual([
    "Schedule  2 schedulers",
    "  look     verify, */5 * * * * UTC, runs since 60 s; " +
      "failed 50 s ago, took 10 s, and 2 due times with it (last ok: 3 h ago): The disk is full.",
    "  night    backup, 0 3 * * * UTC, next in 14 h 59 min; no run yet",
    "  letters  dead-letters, @hourly UTC, next in 59 min 0 s; no run yet",
  ]);
});

it("says when there is nobody to run them, and nothing without jobs", () => {
  const status = scheduleStatus({ schedule, slot: "shop", states: [], groups: members(0), now });
  expect(renderSchedule(status, now, createColors(false))[0]).toContain("no scheduler is running: start one");
  const none = scheduleStatus({ schedule: {}, slot: "shop", states, groups: members(1), now });
  expect(renderSchedule(none, now, createColors(false))).toEqual([]);
});
