import type { Colors } from "../rendering/colors.js";
import { ago, formatCount } from "../rendering/measures.js";
import { renderRows } from "../rendering/render-progress.js";
import type { AcceptReport } from "./accept-report.js";

/** What differs, and what accepting does. */
export function renderAccept(report: AcceptReport, { now, colors }: { readonly now: number; readonly colors: Colors }) {
  const { mode, slot, database, systemIdentifier, timeline, confirmedLsn, epoch, updatedAt, trouble, tables } = report;
  const confirmed = mode === "wal" ? `confirmed up to ${confirmedLsn}, ` : "";
  const identity = `system identifier ${systemIdentifier}, timeline ${timeline}, ${confirmed}epoch ${epoch}`;
  return [
    renderDifference(report, colors),
    ...(trouble === null ? [] : [`Another trouble, which accepting doesn't cure: ${trouble}`]),
    "",
    `${colors.bold("Read until now")}  database ${database} by slot ${slot}, as of ${ago(updatedAt, now)}`,
    `  ${identity}`,
    ...tables.map(({ table, rows }) => `  ${table}  ${rows === null ? "not read yet" : `about ${renderRows(rows)}`}`),
    "",
    `${colors.bold("Accepting it")}  takes the database as it is when the cdc-producer starts next:`,
    ...consequences(report).map((line) => `  - ${line}`),
  ].join("\n");
}

function renderDifference({ difference }: AcceptReport, colors: Colors): string {
  if (difference !== null) return `${colors.yellow("What differs")}  ${difference}`;
  return `${colors.green("Nothing differs")}, as far as the cdc-producer has reported.`;
}

function consequences({ mode, slot, tables }: AcceptReport): string[] {
  const rows = tables.reduce((sum, table) => sum + (table.rows ?? 0), 0);
  const which = tables.length === 1 ? "the table" : `each of the ${tables.length} tables`;
  const made = mode === "wal" ? `a new epoch begins, and replication slot ${slot} is made anew` : "a new epoch begins";
  return [
    `${made};`,
    `${which} is read again, about ${formatCount(rows)} ${rows === 1 ? "row" : "rows"}, beside the changes that come;`,
    "rows that no longer exist disappear from the index when their table has been read;",
    "searches go on meanwhile, with what is there.",
  ];
}
