import { createHash } from "node:crypto";

/**
 * sha256, in lower-case hex, over the captured columns' Postgres text in column order. Each value is written as its
 * length in UTF-8 bytes, a colon and the text; null as `~`. SQL computes the same:
 *
 * ```sql
 * encode(sha256(convert_to(concat(
 *   coalesce(octet_length(a::text) || ':' || a::text, '~'), …), 'UTF8')), 'hex')
 * ```
 *
 * Both sessions must set DateStyle, IntervalStyle, TimeZone, extra_float_digits and bytea_output alike.
 */
export function rowHash(columns: readonly (string | null)[]): string {
  const hash = createHash("sha256");
  for (const text of columns) hash.update(text === null ? "~" : `${Buffer.byteLength(text)}:${text}`);
  return hash.digest("hex");
}
