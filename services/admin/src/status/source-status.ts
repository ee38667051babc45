import type { SnapshotState, SourceState } from "@freshet/schemas/service-state";
import type { AcceptCommand } from "@freshet/schemas/source-command";
import { isSilent } from "../follow/source-view.js";
import { snapshotProgress, type SnapshotProgress } from "../rendering/snapshot-progress.js";
import { formatTableName } from "@freshet/process/table-name";

type WithProgress<Run> = Run & Pick<SnapshotProgress, "rowsPerSecond" | "remainingMs">;

/** The source's state, with what can be worked out from it. */
export interface SourceStatus extends Omit<SourceState, "snapshots" | "requested"> {
  /** Not written for so long that the producer must be away. */
  readonly silent: boolean;
  /** When an acceptance was asked for that the next start carries out, in ms since the Unix epoch; null: none was. */
  readonly acceptanceAskedAt: number | null;
  readonly snapshots: Readonly<Record<string, WithProgress<SourceState["snapshots"][string]>>>;
  readonly requested: Readonly<Record<string, WithProgress<SourceState["requested"][string]>>>;
  /** Configured tables, `schema.table`, of which no snapshot has begun. */
  readonly waiting: readonly string[];
}

export function sourceStatus(
  state: SourceState,
  tables: readonly { readonly schema: string; readonly name: string }[],
  { now, acceptance }: { readonly now: number; readonly acceptance: AcceptCommand | null },
): SourceStatus {
  return {
    ...state,
    silent: isSilent(state, now),
    acceptanceAskedAt: acceptance !== null && acceptance.epoch === state.epoch ? acceptance.requestedAt : null,
    polled: Object.fromEntries(Object.entries(state.polled).map(([table, text]) => [table, floorOf(text)])),
    snapshots: withProgress(
      sorted(state.snapshots, ([a], [b]) => a.localeCompare(b)),
      state.updatedAt,
    ),
    requested: withProgress(
      sorted(state.requested, ([, a], [, b]) => a.startedAt - b.startedAt),
      state.updatedAt,
    ),
    waiting: tables.map(formatTableName).filter((label) => !(label in state.snapshots)),
  };
}

/** What the poller needs beside the floor is for it alone. */
function floorOf(progress: string): string {
  return progress.replace(/ \{.*$/s, "");
}

function sorted<Value>(
  record: Readonly<Record<string, Value>>,
  compare: (one: [string, Value], other: [string, Value]) => number,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).toSorted(compare));
}

function withProgress<Run extends SnapshotState>(runs: Readonly<Record<string, Run>>, at: number) {
  return Object.fromEntries(
    Object.entries(runs).map(([name, run]): [string, WithProgress<Run>] => {
      const { rowsPerSecond, remainingMs } = snapshotProgress(run, at);
      return [name, { ...run, rowsPerSecond, remainingMs }];
    }),
  );
}
