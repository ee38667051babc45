import type { Colors } from "../rendering/colors.js";
import { ago, formatDuration } from "../rendering/measures.js";
import type { JobStatus, ScheduleStatus } from "./schedule-status.js";

/** A line for each job; nothing where none is configured. */
export function renderSchedule({ instances, jobs }: ScheduleStatus, now: number, colors: Colors): string[] {
  if (jobs.length === 0) return [];
  const width = Math.max(...jobs.map(({ name }) => name.length));
  const running =
    instances === 0
      ? colors.yellow("no scheduler is running: start one, freshet scheduler")
      : `${instances} ${instances === 1 ? "scheduler" : "schedulers"}`;
  return [
    `${colors.bold("Schedule")}  ${running}`,
    ...jobs.map((job) => `  ${job.name.padEnd(width)}  ${renderJob(job, now, colors)}`),
  ];
}

function renderJob(status: JobStatus, now: number, colors: Colors): string {
  const { job, cron, timezone, nextDueAt, running } = status;
  const next = nextDueAt === null ? "" : `, next in ${formatDuration(nextDueAt - now)}`;
  const doing = running === null ? next : `, runs since ${formatDuration(now - running.startedAt)}`;
  return `${job}, ${cron} ${timezone}${doing}; ${renderLast(status, now, colors)}`;
}

function renderLast({ last, lastOkAt }: JobStatus, now: number, colors: Colors): string {
  if (last === null) return "no run yet";
  const { result, message, startedAt, finishedAt, skipped } = last;
  const took = `${ago(finishedAt, now)}, took ${formatDuration(finishedAt - startedAt)}`;
  const left = skipped === 0 ? "" : `, and ${skipped} due times with it`;
  const ok = result === "ok" ? "" : ` (last ok: ${lastOkAt === null ? "never" : ago(lastOkAt, now)})`;
  return `${paint(result, colors)} ${took}${left}${ok}: ${message}`;
}

function paint(result: NonNullable<JobStatus["last"]>["result"], colors: Colors): string {
  switch (result) {
    case "ok":
      return colors.green(result);
    case "found":
    case "interrupted":
      return colors.yellow(result);
    case "failed":
      return colors.red(result);
    default:
      return result satisfies never;
  }
}
