import type { FollowedRun } from "../follow/followed-run.js";
import { formatDuration } from "../rendering/measures.js";
import { renderRows } from "../rendering/render-progress.js";

/** More of them make no sentence. */
const MAX_TITLES = 4;

/** How it ended, in one sentence. */
export function renderOutcome(runs: readonly FollowedRun[]): string {
  const failures = runs.flatMap(({ title, outcome }) =>
    outcome.kind === "failed" ? [`${title}: ${outcome.reason.replace(/\.$/, "")}`] : [],
  );
  const done = runs.flatMap(({ outcome }) => (outcome.kind === "done" ? [outcome.run] : []));
  const rows = renderRows(done.reduce((sum, run) => sum + run.rows, 0));
  if (failures.length > 0) {
    const others = done.length === 0 ? "" : ` (${done.length} of ${runs.length} are done, with ${rows})`;
    return `The snapshot failed${others}: ${failures.join("; ")}.`;
  }
  const start = Math.min(...done.map(({ startedAt }) => startedAt));
  const end = Math.max(...done.map(({ finishedAt }) => finishedAt ?? 0));
  const titles = runs.length > MAX_TITLES ? `${runs.length} snapshots` : runs.map(({ title }) => title).join("; ");
  return `Done (${titles}): ${rows} captured in ${formatDuration(end - start)}.`;
}
