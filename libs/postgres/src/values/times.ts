const SPACE = 0x20;
const PLUS = 0x2b;
const C = 0x43;
const NO_FRACTION = ".000000";
/** Of `2024-02-29` and of `12:34:56`. */
const DATE_LENGTH = 10;
const TIME_LENGTH = 8;

/** `2024-02-29Z`: Debezium writes zoneless values as UTC. */
export function dateToJson(text: string): string {
  const iso = text.length === DATE_LENGTH ? text : isoDate(text);
  return iso === null ? `"${text}"` : `"${iso}Z"`;
}

/** `12:34:56.000001Z`. The end of a day stays `24:00:00`, which ISO 8601 knows too. */
export function timeToJson(text: string): string {
  return `"${text}Z"`;
}

/** `2024-02-29T12:34:56.789Z`. */
export function timestampToJson(text: string): string {
  if (text.charCodeAt(DATE_LENGTH) === SPACE && text.charCodeAt(text.length - 1) !== C) {
    return `"${text.slice(0, DATE_LENGTH)}T${text.slice(DATE_LENGTH + 1)}Z"`;
  }
  const parts = splitTimestamp(text);
  return parts === null ? `"${text}"` : `"${parts.date}T${parts.time}Z"`;
}

/** `2024-02-29T12:34:56.000000Z`, always with microseconds; the session's time zone is UTC. */
export function timestamptzToJson(text: string): string {
  const zone = text.length - 3;
  if (text.charCodeAt(DATE_LENGTH) === SPACE && text.charCodeAt(zone) === PLUS) {
    return `"${text.slice(0, DATE_LENGTH)}T${withMicroseconds(text.slice(DATE_LENGTH + 1, zone))}Z"`;
  }
  const parts = splitTimestamp(text);
  return parts === null ? `"${text}"` : `"${parts.date}T${withMicroseconds(parts.time)}Z"`;
}

function withMicroseconds(time: string): string {
  return time + NO_FRACTION.slice(time.length - TIME_LENGTH);
}

const TIMESTAMP = /^(\d+-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:\+00)?( BC)?$/;

/** For years before 1 and after 9999. Null for an infinity. */
function splitTimestamp(text: string): { readonly date: string; readonly time: string } | null {
  const [, day = "", time = "", era = ""] = TIMESTAMP.exec(text) ?? [];
  const date = isoDate(day + era);
  return date === null ? null : { date, time };
}

const DATE = /^(\d+)(-\d\d-\d\d)( BC)?$/;

/** ISO 8601 counts the year before 1 as 0, and signs years of more than four digits. Null for an infinity. */
function isoDate(text: string): string | null {
  const parts = DATE.exec(text);
  if (!parts) return null;
  const [, digits = "", monthAndDay = "", era] = parts;
  const year = era === undefined ? Number(digits) : 1 - Number(digits);
  const sign = year < 0 ? "-" : year > 9999 ? "+" : "";
  return `${sign}${String(Math.abs(year)).padStart(4, "0")}${monthAndDay}`;
}

const INTERVAL =
  /^(?:([+-]?\d+) years? ?)?(?:([+-]?\d+) mons? ?)?(?:([+-]?\d+) days? ?)?(?:(?:\+|(-))?(\d+):(\d\d):(\d\d)(\.\d+)?)?$/;

/** `P1Y2M-3DT4H5M6.789S`, every part with its own sign, from IntervalStyle postgres. */
export function intervalToJson(text: string): string {
  const parts = INTERVAL.exec(text);
  if (!parts) return `"${text}"`;
  const [, years, months, days, sign = "", hours, minutes, seconds, fraction = ""] = parts;
  const second = fraction === "" ? timePart(sign, seconds) : `${sign}${Number(seconds)}${fraction}`;
  const time = `${timePart(sign, hours)}H${timePart(sign, minutes)}M${second}S`;
  return `"P${datePart(years)}Y${datePart(months)}M${datePart(days)}DT${time}"`;
}

function datePart(digits = "0"): string {
  return String(Number(digits));
}

/** Less the sign of a zero. */
function timePart(sign: string, digits = "0"): string {
  const value = Number(digits);
  return value === 0 ? "0" : `${sign}${value}`;
}
