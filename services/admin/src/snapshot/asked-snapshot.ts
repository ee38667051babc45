import type { SnapshotCommand } from "@freshet/schemas/source-command";
import type { SnapshotState, SourceState } from "@freshet/schemas/service-state";
import { outcomeOfRun, type FollowedRun, type Outcome } from "../follow/followed-run.js";
import type { SourceView } from "../follow/source-view.js";

export interface AskedSnapshot {
  readonly title: string;
  readonly command: SnapshotCommand;
  /** The table's run when it was asked for: what is asked for is another one. */
  readonly before: SnapshotState | null;
}

export function askedSnapshots(commands: readonly SnapshotCommand[], state: SourceState | null): AskedSnapshot[] {
  return commands.map((command, place) => ({
    title: titleOf(command, place, commands.length),
    command,
    before: state?.snapshots[command.table] ?? null,
  }));
}

function titleOf({ table, where, keys }: SnapshotCommand, place: number, count: number): string {
  if (where !== null) return `${table} where ${where}`;
  if (keys === null) return table;
  const part = count === 1 ? "" : ` (part ${place + 1} of ${count})`;
  return `${table}, ${keys.length} ${keys.length === 1 ? "key" : "keys"}${part}`;
}

export function followedSnapshot({ title, command, before }: AskedSnapshot, view: SourceView): FollowedRun {
  return { title, outcome: outcomeOf(command, before, view) };
}

function outcomeOf(command: SnapshotCommand, before: SnapshotState | null, { state }: SourceView): Outcome {
  const requested = state?.requested[command.id];
  if (requested !== undefined) {
    return requested.error === null ? outcomeOfRun(requested) : { kind: "failed", reason: requested.error };
  }
  // Only the last requests are kept; but a whole table's run is, too.
  const run = state?.snapshots[command.table];
  if (run === undefined || command.where !== null || command.keys !== null) return { kind: "waiting" };
  return before === null || !isSameRun(run, before) ? outcomeOfRun(run) : { kind: "waiting" };
}

/** On an idle database two runs may begin at the same position. */
function isSameRun(one: SnapshotState, other: SnapshotState): boolean {
  return one.position === other.position && one.startedAt === other.startedAt;
}
