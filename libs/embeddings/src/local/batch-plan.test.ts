import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planBatches } from "./batch-plan.js";

const lengths = fc.array(fc.integer({ min: 2, max: 512 }), { maxLength: 80 });
const limits = fc.record({ maxTokens: fc.integer({ min: 1, max: 2000 }), callCost: fc.integer({ min: 0, max: 100 }) });

function longest(batch: readonly number[], all: readonly number[]): number {
  return Math.max(...batch.map((place) => all[place] ?? 0));
}

function cost(batches: readonly number[][], all: readonly number[], callCost: number): number {
  return batches.reduce((sum, batch) => sum + callCost + batch.length * longest(batch, all), 0);
}

describe("planBatches", () => {
  it("puts each text into exactly one batch", () => {
    fc.assert(
      fc.property(lengths, limits, (all, limit) => {
        const places = planBatches(all, limit).flat();
        expect(places.sort((a, b) => a - b)).toEqual(all.map((_, place) => place));
      }),
    );
  });

  it("keeps a batch's area, padding included, within the bound, unless it is one text", () => {
    fc.assert(
      fc.property(lengths, limits, (all, limit) => {
        for (const batch of planBatches(all, limit)) {
          expect(batch.length === 1 || batch.length * longest(batch, all) <= limit.maxTokens).toBe(true);
        }
      }),
    );
  });

  it("never computes more than texts one by one, nor than sorted texts filled up to the bound", () => {
    fc.assert(
      fc.property(lengths, limits, (all, limit) => {
        const planned = cost(planBatches(all, limit), all, limit.callCost);
        const order = all.map((_, place) => place).sort((a, b) => (all[a] ?? 0) - (all[b] ?? 0));
        const filled: number[][] = [];
        for (const place of order) {
          const last = filled.at(-1);
          if (last && (last.length + 1) * (all[place] ?? 0) <= limit.maxTokens) last.push(place);
          else filled.push([place]);
        }
        const alone = order.map((place) => [place]);
        expect(planned).toBeLessThanOrEqual(cost(filled, all, limit.callCost));
        expect(planned).toBeLessThanOrEqual(cost(alone, all, limit.callCost));
      }),
    );
  });

  it("pads less than a call costs for each text that shares one", () => {
    fc.assert(
      fc.property(lengths, limits, (all, limit) => {
        for (const batch of planBatches(all, limit)) {
          const tokens = batch.reduce((sum, place) => sum + (all[place] ?? 0), 0);
          const padding = batch.length * longest(batch, all) - tokens;
          expect(padding).toBeLessThanOrEqual((batch.length - 1) * limit.callCost);
        }
      }),
    );
  });

  it("has nothing to do without texts", () => {
    expect(planBatches([], { maxTokens: 100, callCost: 10 })).toEqual([]);
  });
});
