import { nextDue } from "@freshet/process/cron-expression";
import type { ScheduledJob } from "@freshet/process/schedule-configuration";
import type { JobState } from "@freshet/schemas/service-state";

/** A job by its name in the configuration. */
export interface PlannedJob {
  readonly name: string;
  readonly settings: ScheduledJob;
}

export type Decision =
  | { readonly kind: "run"; readonly due: number; readonly attempt: number }
  /** Until then, in ms since the Unix epoch. */
  | { readonly kind: "wait"; readonly until: number };

/** What became of a run. */
export interface JobOutcome {
  readonly result: NonNullable<JobState["last"]>["result"];
  /** In a sentence. */
  readonly message: string;
}

type Begun = NonNullable<JobState["running"]>;

/** How often a run is begun for one due time: once again after each stop or kill of its process, but not for ever. */
const MAX_ATTEMPTS = 3;
/** What the clocks of two machines may differ by. */
const CLOCK_TOLERANCE_MS = 60_000;
/** Counting ends there: of a job that is due every second, days may be left out. */
const MAX_SKIPPED = 10_000;
/** Of one in a record; a hundred failures of a hundred indexes are in the log. */
const MAX_MESSAGE_LENGTH = 1_000;

/** The expression with its zone, as it stands in the state. */
function formatSchedule({ cron, timezone }: Pick<ScheduledJob, "cron" | "timezone">): string {
  return `${cron} ${timezone}`;
}

/**
 * A job's state at the beginning of a term. What is due is due from now on for a job that is new, or has another
 * expression. A run that is still noted as going on was broken off with the process that it was in.
 */
export function takenOver(
  state: JobState | undefined,
  { name, settings }: PlannedJob,
  { slot, now }: { readonly slot: string; readonly now: number },
): JobState {
  const schedule = formatSchedule(settings);
  const known = { kind: "job", slot, name, job: settings.job, schedule } as const;
  if (state?.job !== settings.job) return { ...known, since: now, running: null, last: null, lastOkAt: null };
  const same = state.schedule === schedule ? state : { ...state, schedule, since: now };
  if (same.running === null) return same;
  const message = `Its process (${same.running.instance}) ended, or lost the broker.`;
  return ended(same, same.running, { result: "interrupted", message }, { now, settings });
}

/** A state that is ahead of now was written by a clock that was wrong: by it, nothing would be due until then. */
export function corrected(state: JobState, now: number): JobState {
  const { last, since } = state;
  if (doneUntil(state) <= now + CLOCK_TOLERANCE_MS) return state;
  const past = (time: number) => Math.min(time, now);
  return {
    ...state,
    since: past(since),
    last: last && {
      ...last,
      due: past(last.due),
      startedAt: past(last.startedAt),
      finishedAt: past(last.finishedAt),
    },
  };
}

function doneUntil({ last, since }: JobState): number {
  return Math.max(since, last?.due ?? 0, last?.finishedAt ?? 0);
}

/**
 * What is to be done now. A run that was missed, since nobody led, is made up for once, however often it was due; times
 * that passed while a run went on are left out.
 */
export function decide(state: JobState, settings: ScheduledJob, now: number): Decision {
  const { last } = state;
  if (last?.result === "interrupted" && last.attempt < MAX_ATTEMPTS) {
    return { kind: "run", due: last.due, attempt: last.attempt + 1 };
  }
  const due = nextDue(settings, doneUntil(state));
  if (due === null) return { kind: "wait", until: Infinity };
  return due <= now ? { kind: "run", due, attempt: 1 } : { kind: "wait", until: due };
}

export function begun(state: JobState, running: Begun): JobState {
  return { ...state, running };
}

export function ended(
  state: JobState,
  run: Begun,
  outcome: JobOutcome,
  { now, settings }: { readonly now: number; readonly settings: ScheduledJob },
): JobState {
  const skipped = countDue(settings, run.due, now);
  const message = outcome.message.slice(0, MAX_MESSAGE_LENGTH);
  return {
    ...state,
    running: null,
    last: { ...run, result: outcome.result, message, finishedAt: now, skipped },
    lastOkAt: outcome.result === "ok" ? now : state.lastOkAt,
  };
}

/** How often it is due after one moment, up to and with the other. */
function countDue(settings: ScheduledJob, after: number, until: number): number {
  let count = 0;
  for (let due = nextDue(settings, after); due !== null && due <= until && count < MAX_SKIPPED; count += 1) {
    due = nextDue(settings, due);
  }
  return count;
}
