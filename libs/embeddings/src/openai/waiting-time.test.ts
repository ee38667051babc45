import { describe, expect, it } from "vitest";
import { waitingTime } from "./waiting-time.js";

const NOW = Date.parse("2026-03-01T12:00:00Z");

describe("waitingTime", () => {
  it.each([
    [{}, 0],
    [{ "retry-after": "20" }, 20_000],
    [{ "retry-after": "Sun, 01 Mar 2026 12:00:30 GMT" }, 30_000],
    [{ "retry-after": "Sun, 01 Mar 2026 11:00:00 GMT" }, 0],
    [{ "retry-after": "soon" }, 0],
    // The moment in seconds since 1970.
    [{ "retry-after": "1772366400" }, 0],
    [{ "retry-after": "1", "retry-after-ms": "350" }, 350],
    [{ "x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "1s" }, 0],
    [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s" }, 360_000],
    [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20ms" }, 20],
    [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1h2m3.5s" }, 3_723_500],
    [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "7" }, 7_000],
    // The moment in seconds since 1970.
    [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1772366400" }, 0],
    [{ "x-ratelimit-remaining-tokens": "-1", "x-ratelimit-reset-tokens": "0" }, 0],
    [{ "x-ratelimit-remaining-tokens": "499", "x-ratelimit-reset-tokens": "10s" }, 10_000],
  ])("reads %j as %d ms", (headers, milliseconds) => {
    expect(waitingTime(headers, 500, NOW)).toBe(milliseconds);
  });

  it("waits for as many tokens as the next request needs, not for all", () => {
    const headers = {
      "x-ratelimit-limit-tokens": "1000",
      "x-ratelimit-remaining-tokens": "200",
      "x-ratelimit-reset-tokens": "8s",
    };
    expect(waitingTime(headers, 500, NOW)).toBe(3_000);
    expect(waitingTime(headers, 5_000, NOW)).toBe(8_000);
  });
});
