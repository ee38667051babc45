import { z } from "zod";

const amounts = z.record(z.string(), z.number());

/** What an index's texts cost, and what it would have been without the cache. */
export const embeddingUsage = z.object({
  /** Rows that became documents, each as often as it changed. */
  rows: z.int().default(0),
  /** Texts that cost an inference, their tokens, and their price by currency. */
  inferred: z.int().default(0),
  tokens: z.int().default(0),
  spent: amounts.default({}),
  /** Texts whose vector was known. */
  cached: z.int().default(0),
  tokensSaved: z.int().default(0),
  saved: amounts.default({}),
  /** Texts that the model will never take. */
  refused: z.int().default(0),
});

export type EmbeddingUsage = z.output<typeof embeddingUsage>;

export const NO_USAGE: EmbeddingUsage = embeddingUsage.parse({});

export function addUsage(one: EmbeddingUsage, two: EmbeddingUsage): EmbeddingUsage {
  return {
    rows: one.rows + two.rows,
    inferred: one.inferred + two.inferred,
    tokens: one.tokens + two.tokens,
    spent: addAmounts(one.spent, two.spent, 1),
    cached: one.cached + two.cached,
    tokensSaved: one.tokensSaved + two.tokensSaved,
    saved: addAmounts(one.saved, two.saved, 1),
    refused: one.refused + two.refused,
  };
}

/** What came since. */
export function usageSince(now: EmbeddingUsage, before: EmbeddingUsage): EmbeddingUsage {
  return {
    rows: now.rows - before.rows,
    inferred: now.inferred - before.inferred,
    tokens: now.tokens - before.tokens,
    spent: addAmounts(now.spent, before.spent, -1),
    cached: now.cached - before.cached,
    tokensSaved: now.tokensSaved - before.tokensSaved,
    saved: addAmounts(now.saved, before.saved, -1),
    refused: now.refused - before.refused,
  };
}

function addAmounts(one: EmbeddingUsage["spent"], two: EmbeddingUsage["spent"], sign: 1 | -1): EmbeddingUsage["spent"] {
  const currencies = new Set([...Object.keys(one), ...Object.keys(two)]);
  return Object.fromEntries([...currencies].map((name) => [name, (one[name] ?? 0) + sign * (two[name] ?? 0)]));
}
