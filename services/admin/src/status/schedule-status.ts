import { nextDue } from "@freshet/process/cron-expression";
import type { ScheduledJob } from "@freshet/process/schedule-configuration";
import { schedulerGroup } from "@freshet/schemas/consumer-groups";
import type { JobState, ServiceState } from "@freshet/schemas/service-state";
import type { GroupProgress } from "@freshet/streaming/topic-admin";

/** The configured jobs, and who runs them. */
export interface ScheduleStatus {
  /** Processes of which one leads. */
  readonly instances: number;
  readonly jobs: readonly JobStatus[];
}

export interface JobStatus extends Pick<ScheduledJob, "job" | "cron" | "timezone"> {
  readonly name: string;
  /** In ms since the Unix epoch. */
  readonly nextDueAt: number | null;
  readonly running: JobState["running"];
  /** Null before the first run. */
  readonly last: JobState["last"];
  readonly lastOkAt: number | null;
}

export interface ScheduleInputs {
  readonly schedule: Readonly<Record<string, ScheduledJob>>;
  readonly slot: string;
  readonly states: readonly ServiceState[];
  /** By group name. */
  readonly groups: ReadonlyMap<string, GroupProgress>;
  /** Ms since the Unix epoch. */
  readonly now: number;
}

export function scheduleStatus({ schedule, slot, states, groups, now }: ScheduleInputs): ScheduleStatus {
  const records = states.filter((state) => state.kind === "job").filter((state) => state.slot === slot);
  return {
    instances: groups.get(schedulerGroup(slot))?.members ?? 0,
    jobs: Object.entries(schedule).map(([name, { job, cron, timezone }]) => {
      // Of another job under the same name, nothing is known.
      const record = records.find((state) => state.name === name && state.job === job);
      const { running = null, last = null, lastOkAt = null } = record ?? {};
      return { name, job, cron, timezone, nextDueAt: nextDue({ cron, timezone }, now), running, last, lastOkAt };
    }),
  };
}
