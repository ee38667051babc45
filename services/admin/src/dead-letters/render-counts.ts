import type { Colors } from "../rendering/colors.js";
import { ago, formatCount } from "../rendering/measures.js";
import type { LetterCount } from "./letter-counts.js";

/** @param now in ms since the Unix epoch. */
export function renderCounts(
  counts: readonly LetterCount[],
  { now, colors }: { readonly now: number; readonly colors: Colors },
): string {
  if (counts.length === 0) return "There are no dead letters.";
  const rows = counts.map(({ deadLetterTopic, topic, errorClass, letters, oldest, newest }) => [
    deadLetterTopic,
    topic ?? "unknown",
    errorClass ?? "unknown",
    formatCount(letters),
    ago(oldest, now),
    ago(newest, now),
  ]);
  const table = [["dead letters", "from", "error", "letters", "oldest", "newest"], ...rows];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return lines.map((line, place) => (place === 0 ? colors.dim(line) : line)).join("\n");
}
