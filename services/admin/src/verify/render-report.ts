import type { Colors } from "../rendering/colors.js";
import { formatCount, formatDuration } from "../rendering/measures.js";
import { renderAlteration } from "./alteration.js";
import type { Difference, DifferenceKind } from "./differences.js";
import type { RefusedKeys } from "./difference-tally.js";
import { differenceCount, isEqual, type IndexReport } from "./verify-report.js";

const MEANINGS: Readonly<Record<DifferenceKind, string>> = {
  missing: "in the table, not in the index",
  stale: "another state of the row in the index",
  incomplete: "some of its chunks aren't there, or are of another state",
  superfluous: "chunks beyond its last",
  orphaned: "in the index, not in the table",
  altered: "the right label on another text, payload or vector",
};

const EXAMPLES = 5;

/** The verdict on a line, then what is different, with some keys. */
export function renderReport(report: IndexReport, colors: Colors): string {
  const { index, store, table, rows, points, changing, healed, refused } = report;
  const took = formatDuration(Date.parse(report.finishedAt) - Date.parse(report.startedAt));
  const sides = `${formatCount(rows)} rows of ${table}, ${formatCount(points)} points in ${store}, ${took}`;
  const equal = changing === 0 ? colors.green("✓") : colors.yellow("?");
  const found = differenceCount(report);
  if (found === 0 && changing === 0) return `${equal} ${index} equals its table (${sides}).`;
  if (found === 0) {
    return `${equal} ${index} equals its table but for ${formatCount(changing)} rows that changed at every look, of which it can't be told (${sides}).`;
  }
  const lines = Object.entries(report.counts).flatMap(([kind, count]) =>
    count === 0 ? [] : renderKind(report, kind as DifferenceKind, count),
  );
  const verdict = isEqual(report) ? equal : colors.red("✗");
  const differed = `${verdict} ${index} ${healed === null ? "differs" : "differed"} from its table (${sides}):`;
  const repaired = healed === null ? [] : [`  ${formatCount(healed)} of ${formatCount(found)} were repaired.`];
  const left = refused === undefined ? [] : renderRefused(refused, table);
  const undecided =
    changing === 0 ? [] : [`  ${formatCount(changing)} rows changed at every look, so nothing is said of them.`];
  return [differed, ...lines, ...repaired, ...left, ...undecided].join("\n");
}

function renderRefused({ count, keys }: RefusedKeys, table: string): string[] {
  return [
    `  ${formatCount(count)} can't be captured again, as no row of ${table} could have such a key now: freshet snapshot ${table} ` +
      `removes from the index what the table hasn't.`,
    `    ${some(keys, count)}`,
  ];
}

function some(examples: readonly string[], count: number): string {
  const shown = examples.slice(0, EXAMPLES);
  return `${shown.join(", ")}${count > shown.length ? ", …" : ""}`;
}

function renderKind({ examples }: IndexReport, kind: DifferenceKind, count: number): string[] {
  const ofKind = examples.filter((example) => example.kind === kind).map(renderExample);
  return [
    `  ${formatCount(count)} ${kind}: ${MEANINGS[kind]}`,
    ...(ofKind.length === 0 ? [] : [`    ${some(ofKind, count)}`]),
  ];
}

function renderExample({ key, alteration }: Difference): string {
  return alteration === undefined ? key : `${key} (${renderAlteration(alteration)})`;
}
