import type { CursorKind } from "./poll-reader.js";

/**
 * When a change was made, for people and for how fresh the index is: nothing is decided by it, so milliseconds do.
 *
 * @param value as Postgres prints it, in UTC.
 * @returns ms since the Unix epoch, never in the future; now, when the value tells no time.
 */
export function changeTime(kind: CursorKind, value: string | undefined): number {
  const now = Date.now();
  if (kind === "number" || value === undefined) return now;
  const time = Date.parse(`${value.replace(" ", "T").replace("+00", "")}${kind === "date" ? "" : "Z"}`);
  // An infinity, or a year that ISO 8601 writes otherwise.
  return Number.isNaN(time) ? now : Math.min(now, time);
}
