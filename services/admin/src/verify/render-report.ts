import type { Colors } from "../rendering/colors.js";
import { formatCount, formatDuration } from "../rendering/measures.js";
import { renderAlteration } from "./alteration.js";
import type { Difference, DifferenceKind } from "./differences.js";
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
  const { index, store, table, rows, points, changing } = report;
  const took = formatDuration(Date.parse(report.finishedAt) - Date.parse(report.startedAt));
  const sides = `${formatCount(rows)} rows of ${table}, ${formatCount(points)} points in ${store}, ${took}`;
  const undecided =
    changing === 0 ? [] : [`  ${formatCount(changing)} rows changed at every look, so nothing is said of them.`];
  const found = differenceCount(report);
  if (found === 0) {
    const sign = changing === 0 ? colors.green("✓") : colors.yellow("?");
    return [`${sign} ${index} equals its table (${sides}).`, ...undecided].join("\n");
  }
  const lines = Object.entries(report.counts).flatMap(([kind, count]) =>
    count === 0 ? [] : renderKind(report, kind as DifferenceKind, count),
  );
  const verdict = isEqual(report) ? colors.green("✓") : colors.red("✗");
  const differed = `${verdict} ${index} ${report.healed === null ? "differs" : "differed"} from its table (${sides}):`;
  const repaired =
    report.healed === null ? [] : [`  ${formatCount(report.healed)} of ${formatCount(found)} were repaired.`];
  return [differed, ...lines, ...repaired, ...undecided].join("\n");
}

function renderKind({ examples }: IndexReport, kind: DifferenceKind, count: number): string[] {
  const some = examples.filter((example) => example.kind === kind).slice(0, EXAMPLES);
  const more = count > some.length ? ", …" : "";
  return [
    `  ${formatCount(count)} ${kind}: ${MEANINGS[kind]}`,
    ...(some.length === 0 ? [] : [`    ${some.map(renderExample).join(", ")}${more}`]),
  ];
}

function renderExample({ key, alteration }: Difference): string {
  return alteration === undefined ? key : `${key} (${renderAlteration(alteration)})`;
}
