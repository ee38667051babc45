import { hash } from "node:crypto";

/**
 * sha256, in lower-case hex, over the captured columns' Postgres text in column order. Each value is written as its
 * length in UTF-8 bytes, a colon and the text; null as `~`. SQL computes the same:
 *
 * ```sql
 * encode(sha256(convert_to(concat(
 *   CASE WHEN a IS NOT DISTINCT FROM NULL THEN '~' ELSE octet_length(convert_to(concat(a), 'UTF8')) || ':' || concat(a) END,
 *   …), 'UTF8')), 'hex')
 * ```
 *
 * `concat` prints a value as the WAL does; a cast to text writes `true` for `t`, and cuts the blanks of a char(n).
 * Both sessions must set DateStyle, IntervalStyle, TimeZone, extra_float_digits and bytea_output alike.
 */
export function rowHash(columns: readonly (string | null)[]): string {
  const ascii = describe(columns, (text) => text.length);
  // One look at the whole is faster than one at each column, and nearly all rows pass.
  const isAscii = Buffer.byteLength(ascii) === ascii.length;
  return hash("sha256", isAscii ? ascii : describe(columns, (text) => Buffer.byteLength(text)));
}

function describe(columns: readonly (string | null)[], lengthOf: (text: string) => number): string {
  let described = "";
  for (const text of columns) described += text === null ? "~" : `${lengthOf(text)}:${text}`;
  return described;
}
