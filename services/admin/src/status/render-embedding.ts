import { formatCount } from "../rendering/measures.js";
import type { EmbeddingStatus } from "./status-report.js";

/** What an index's texts cost, and what knowing them saved. */
export function renderEmbedding(usage: EmbeddingStatus): string[] {
  const { rows, inferred, cached, refused, hitRate, tokens, tokensSaved, spent, saved } = usage;
  const share = hitRate === null ? "" : ` (${(hitRate * 100).toFixed(1)} %)`;
  const refusals = refused === 0 ? "" : `, ${formatCount(refused)} refused by the model`;
  return [
    `    ${formatCount(rows)} rows: ${formatCount(inferred)} texts embedded, ${formatCount(cached)} known${share}${refusals}`,
    `    spent ${formatCount(tokens)} tokens${money(spent)}, saved ${formatCount(tokensSaved)}${money(saved)}`,
  ];
}

/** ` (0.0021 USD)`; nothing where no model has a price. */
function money(amounts: EmbeddingStatus["spent"]): string {
  const parts = Object.entries(amounts).map(([currency, amount]) => `${formatAmount(amount)} ${currency}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

/** Cents, and of less than a unit three digits that count: a million tokens may cost two cents. */
function formatAmount(amount: number): string {
  return amount === 0 || amount >= 1 ? amount.toFixed(2) : String(Number(amount.toPrecision(3)));
}
