import { NO_USAGE, type EmbeddingUsage } from "@freshet/schemas/embedding-usage";
import type { Counter } from "prom-client";
import type { Metrics } from "./metrics.js";

/** What this process has counted since its start for one index. */
export async function readUsage(metrics: Metrics, index: string): Promise<EmbeddingUsage> {
  const amounts = await Promise.all([amountsOf(metrics.cost, index), amountsOf(metrics.costSaved, index)]);
  return {
    ...NO_USAGE,
    rows: await sumOf(metrics.documents, { index, op: "upsert" }),
    inferred: await sumOf(metrics.texts, { index }),
    tokens: await sumOf(metrics.tokens, { index }),
    spent: amounts[0],
    cached: await sumOf(metrics.cacheHits, { index }),
    tokensSaved: await sumOf(metrics.tokensSaved, { index }),
    saved: amounts[1],
    refused: await sumOf(metrics.refused, { index }),
  };
}

/** Of all the values with these labels. */
async function sumOf<Label extends string>(
  counter: Counter<Label>,
  labels: Partial<Record<Label, string>>,
): Promise<number> {
  const { values } = await counter.get();
  const wanted = Object.entries(labels);
  const isWanted = (given: Partial<Record<string, string | number>>) =>
    wanted.every(([name, value]) => given[name] === value);
  return values.reduce((sum, value) => (isWanted(value.labels) ? sum + value.value : sum), 0);
}

async function amountsOf(counter: Metrics["cost"], index: string): Promise<Record<string, number>> {
  const { values } = await counter.get();
  const amounts: Record<string, number> = {};
  for (const { labels, value } of values) {
    if (labels.index !== index) continue;
    const currency = String(labels.currency);
    amounts[currency] = (amounts[currency] ?? 0) + value;
  }
  return amounts;
}
