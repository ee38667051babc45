import { ROW_RESULTS, type RowResult, type TableRows } from "@freshet/schemas/row-counts";
import type { Colors } from "../rendering/colors.js";
import { formatCount } from "../rendering/measures.js";

const WORDS: Readonly<Record<RowResult, string>> = {
  created: "created",
  updated: "updated",
  payloadOnly: "payload only",
  deleted: "deleted",
  unchanged: "unchanged",
  stale: "older than what is stored",
  failed: "refused by the store: see its dead letters",
};

/** What became of each table's rows; nothing of results that no row had. */
export function renderRows(tables: TableRows, colors: Colors): string[] {
  return Object.entries(tables).map(([table, counts]) => {
    const parts = ROW_RESULTS.flatMap((result) => {
      const text = `${formatCount(counts[result])} ${WORDS[result]}`;
      return counts[result] === 0 ? [] : [result === "failed" ? colors.red(text) : text];
    });
    return `    ${table}: ${parts.join(", ")}`;
  });
}
