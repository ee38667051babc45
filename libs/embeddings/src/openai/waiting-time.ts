type Headers = Readonly<Record<string, string | string[] | undefined>>;

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A longer one is no duration but a moment in some server's own format. */
const LONGEST_MS = 86_400_000;

/**
 * How long a server wants to be left alone, in milliseconds; 0 when it doesn't say.
 *
 * - `retry-after-ms`, and `Retry-After` in seconds or as a date (RFC 9110, 10.2.3).
 * - `x-ratelimit-remaining-requests`, `-tokens` and their `-reset-…` (OpenAI's guide "Rate limits"): durations such as
 *   `6m0s` and `20ms`, of some servers plain seconds. When less is left than the next request needs, it waits until there
 *   is enough; what was used up comes back evenly.
 *
 * @param nextTokens how many tokens the next request is likely to have.
 */
export function waitingTime(headers: Headers, nextTokens: number, now = Date.now()): number {
  return Math.max(retryAfter(headers, now), until(headers, "requests", 1), until(headers, "tokens", nextTokens));
}

function retryAfter(headers: Headers, now: number): number {
  const exact = Number(first(headers, "retry-after-ms"));
  if (exact > 0) return exact;
  const value = first(headers, "retry-after");
  if (value === "") return 0;
  const seconds = Number(value);
  const wait = Number.isNaN(seconds) ? Date.parse(value) - now : seconds * 1000;
  return wait > 0 && wait <= LONGEST_MS ? wait : 0;
}

function until(headers: Headers, what: "requests" | "tokens", needed: number): number {
  const number = (name: string) => Number.parseFloat(first(headers, `x-ratelimit-${name}-${what}`));
  const remaining = number("remaining");
  // Some servers say -1 when they don't count.
  if (!(remaining >= 0 && remaining < needed)) return 0;
  const full = duration(first(headers, `x-ratelimit-reset-${what}`));
  if (full > LONGEST_MS) return 0;
  const used = number("limit") - remaining;
  return used > 0 ? full * Math.min(1, (needed - remaining) / used) : full;
}

function duration(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    sum += Number(count) * (UNITS_MS[unit ?? ""] ?? 0);
  }
  return sum;
}

function first(headers: Headers, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? "";
}
