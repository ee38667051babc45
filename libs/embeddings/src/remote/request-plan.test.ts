import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planRequests, shareTokens } from "./request-plan.js";

const counts = fc.array(fc.nat(600), { maxLength: 60 });
const limits = fc.record({ items: fc.integer({ min: 1, max: 9 }), tokens: fc.integer({ min: 1, max: 900 }) });

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

describe("planRequests", () => {
  it("cuts all texts in order into requests within the limits, none that could have taken the next text", () => {
    fc.assert(
      fc.property(counts, limits, (tokens, limit) => {
        const requests = planRequests(tokens, limit);
        expect(requests.flatMap(([start, end]) => tokens.slice(start, end))).toEqual(tokens);
        for (const [start, end] of requests) {
          const part = tokens.slice(start, end);
          expect(part.length).toBeGreaterThan(0);
          expect(part.length).toBeLessThanOrEqual(limit.items);
          if (part.length > 1) expect(sum(part)).toBeLessThanOrEqual(limit.tokens);
          const next = tokens[end];
          if (next !== undefined) expect(part.length === limit.items || sum(part) + next > limit.tokens).toBe(true);
        }
      }),
    );
  });
});

describe("shareTokens", () => {
  it("shares out the whole bill in whole tokens, by the texts' own counts", () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.array(fc.nat(600), { minLength: 1, maxLength: 60 }), (billed, tokens) => {
        const shares = shareTokens(billed, tokens);
        expect(sum(shares)).toBe(billed);
        const weights = tokens.map((count) => Math.max(count, 1));
        shares.forEach((share, i) => {
          expect(Math.abs(share - (billed * (weights[i] ?? 0)) / sum(weights))).toBeLessThanOrEqual(1);
        });
      }),
    );
    expect(shareTokens(13, [3, 6, 4])).toEqual([3, 6, 4]);
  });
});
