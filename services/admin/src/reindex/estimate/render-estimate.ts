import { formatCount, formatDuration } from "../../rendering/measures.js";
import type { Estimate, Measured, Totals } from "./estimate.js";

interface Context {
  readonly measured: Measured;
  readonly totals: Totals;
  /** Where the rows are from. */
  readonly rows: string;
  readonly topic: string;
}

/** What it takes, in words; all of it about. */
export function renderEstimate(estimate: Estimate, { measured, totals, rows, topic }: Context): string {
  const { texts, tokens, knownTexts, tokensToEmbed, cost, seconds } = estimate;
  const known = knownTexts > 0 ? `; the vectors of ${formatCount(knownTexts)} are known and cost nothing` : "";
  const money = cost === null ? "" : `, ${formatAmount(cost.amount)} ${cost.currency}`;
  return [
    `  rows    about ${formatCount(estimate.rows)} of ${rows}, in ${formatCount(totals.records)} records of ${topic}`,
    `  texts   about ${formatCount(texts)}, with ${formatCount(tokens)} tokens${known}`,
    `  embed   about ${formatCount(tokensToEmbed)} tokens${money}`,
    `  time    ${tokensToEmbed < 0.5 ? "none to embed" : renderTime(seconds, measured)}`,
    `  This is from ${formatCount(measured.rows)} rows, sampled in all parts of the topic. Nothing was changed.`,
  ].join("\n");
}

function renderTime(seconds: number | null, { textsPerSecond }: Measured): string {
  if (seconds === null || textsPerSecond === null) return "not tried out, as that would cost";
  const rate = `${formatCount(Math.max(1, textsPerSecond))} texts/s in a trial on this machine`;
  return `about ${formatDuration(seconds * 1000)} to embed them, at ${rate}`;
}

/** Cents, and of less than a unit three digits that count. */
function formatAmount(amount: number): string {
  return amount === 0 || amount >= 1 ? amount.toFixed(2) : String(Number(amount.toPrecision(3)));
}
