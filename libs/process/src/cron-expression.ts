import { Cron } from "croner";

/** When something is due: a cron expression, and the time zone that it is read in. */
export interface CronSchedule {
  /** Five fields, or six with the seconds first, or a name such as `@daily`. */
  readonly cron: string;
  /** IANA's name, such as `Europe/Berlin`. */
  readonly timezone: string;
}

/**
 * The first due time after a moment; both in ms since the Unix epoch. Where the clocks go forward, a time of day that is
 * left out is due right behind the gap; where they go back, one that comes twice is due once, and intervals go on.
 *
 * @returns null when no such time ever comes. @throws {Error} with the library's reason when the expression is none.
 */
export function nextDue({ cron, timezone }: CronSchedule, after: number): number | null {
  return parse(cron, timezone).nextRun(new Date(after))?.getTime() ?? null;
}

/** What is wrong with an expression, for a person; null: nothing. */
export function complaintAbout(cron: string): string | null {
  const expected = 'expected a cron expression, such as "*/5 * * * *"';
  try {
    const parsed = parse(cron, "UTC");
    if (parsed.getOnce() !== null) return `${expected}, not a date`;
    return parsed.nextRun() === null ? `${expected}; this one is never due` : null;
  } catch (error) {
    return `${expected}; ${reasonOf(error)}`;
  }
}

export function isTimezone(name: string): boolean {
  try {
    nextDue({ cron: "@yearly", timezone: name }, 0);
    return true;
  } catch {
    return false;
  }
}

/** Years are no part of it: an expression that was right once could be due no more. */
function parse(cron: string, timezone: string): Cron {
  return new Cron(cron, { timezone, paused: true, mode: "5-or-6-parts" });
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^\w+: /, "").replace(/\.$/, "");
}
