import type { PartitionOffsets } from "@freshet/streaming/topic-admin";
import type { RowView } from "./row-view.js";

/** The topic keeps deletes for 7 days. What was away for longer, less a day for clocks, may have missed some. */
const MAX_AWAY_MS = 6 * 24 * 60 * 60 * 1000;

/** Whether a view has to begin anew, because the topic doesn't continue what it was made of. */
export function isStale(
  view: Pick<RowView, "origin" | "changedAt" | "offsets">,
  { origin, log, now }: { readonly origin: string; readonly log: readonly PartitionOffsets[]; readonly now: number },
): boolean {
  if (view.origin !== origin || now - view.changedAt > MAX_AWAY_MS) return true;
  return isBehind(view.offsets(), log);
}

/** Whether the log ends before what was read of it, so that it is another one: nothing else tells one from the other. */
export function isBehind(offsets: ReadonlyMap<number, bigint>, log: readonly PartitionOffsets[]): boolean {
  return log.some(({ partition, end }) => (offsets.get(partition) ?? 0n) > end);
}
