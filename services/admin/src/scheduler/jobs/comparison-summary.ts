import { formatCount } from "../../rendering/measures.js";
import { differenceCount, type IndexFailure, type IndexReport } from "../../verify/verify-report.js";

/** What was found, in a sentence for each index and store that isn't just equal. */
export function summarizeComparisons(reports: readonly IndexReport[], failures: readonly IndexFailure[]): string {
  const equal = reports.filter((report) => differenceCount(report) === 0 && report.changing === 0);
  const rows = equal.reduce((sum, report) => sum + report.rows, 0);
  return [
    ...reports.filter((report) => !equal.includes(report)).map(summarize),
    ...failures.map(({ index, store, reason }) => `${index} in ${store} couldn't be compared: ${reason}`),
    ...(equal.length === 0 ? [] : [`${equal.map(nameOf).join(", ")}: equal, ${formatCount(rows)} rows.`]),
  ].join(" ");
}

function summarize(report: IndexReport): string {
  const { counts, rows, healed, changing } = report;
  const found = differenceCount(report);
  const kinds = Object.entries(counts).flatMap(([kind, count]) =>
    count === 0 ? [] : [`${formatCount(count)} ${kind}`],
  );
  const parts = [
    ...(found === 0 ? [] : [`${formatCount(found)} differences (${kinds.join(", ")})`]),
    ...(healed === null || found === 0 ? [] : [`${formatCount(healed)} repaired`]),
    ...(changing === 0 ? [] : [`${formatCount(changing)} rows that changed at every look`]),
  ];
  return `${nameOf(report)}: ${parts.join(", ")}, of ${formatCount(rows)} rows.`;
}

function nameOf({ index, store }: IndexReport): string {
  return `${index} in ${store}`;
}
