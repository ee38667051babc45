export type Period = "day" | "month" | "year";

/** `2024-05-17`, `2024-05`, `2024`. */
const LENGTHS = { day: 10, month: 7, year: 4 } satisfies Record<Period, number>;
const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?(?:Z|([+-]\d\d)(?::?(\d\d))?)?$/;
const DAY_MS = 86_400_000;

/**
 * Which day, month or year (of UTC) a column's value falls into. A value is a date or a time of ISO 8601, of UTC where it has no
 * zone, or ms since the Unix epoch; null when it is something else, or outside the years 0 to 9999.
 */
export function periodOf(value: unknown, every: Period): string | null {
  const ms = typeof value === "number" ? Math.floor(value) : typeof value === "string" ? toMs(value) : NaN;
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return null;
  const text = date.toISOString();
  return /^\d{4}-/.test(text) ? text.slice(0, LENGTHS[every]) : null;
}

/** ms since the Unix epoch: the first of the period, and the first after it. */
export function boundsOf(period: string): { readonly start: number; readonly end: number } {
  const [year = 0, month, day] = period.split("-").map(Number);
  const start = atUtc(year, (month ?? 1) - 1, day ?? 1);
  if (day !== undefined) return { start, end: start + DAY_MS };
  return { start, end: month === undefined ? atUtc(year + 1, 0, 1) : atUtc(year, month, 1) };
}

function toMs(text: string): number {
  const [, day, clock = "00:00", hours = "+00", minutes = "00"] = TIME.exec(text) ?? [];
  return day === undefined ? NaN : Date.parse(`${day}T${clock}${hours}:${minutes}`);
}

/** `Date.UTC` takes the years 0 to 99 for those of the last century. */
function atUtc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day);
}
