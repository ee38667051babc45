import { outcomeOfRun, type FollowedRun } from "../follow/followed-run.js";
import type { SourceView } from "../follow/source-view.js";

/** A table's reading in the epoch that accepting begins. */
export function acceptedRun(table: string, epochBefore: number, { state }: SourceView): FollowedRun {
  const run = state === null || state.epoch <= epochBefore ? undefined : state.snapshots[table];
  return { title: table, outcome: run === undefined ? { kind: "waiting" } : outcomeOfRun(run) };
}
