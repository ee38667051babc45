import type { SnapshotState, SourceState } from "@freshet/schemas/service-state";
import { isSilent } from "../follow/source-view.js";
import { snapshotProgress, type SnapshotProgress } from "../rendering/snapshot-progress.js";
import { tableLabel } from "../table-label.js";

type WithProgress<Run> = Run & Pick<SnapshotProgress, "rowsPerSecond" | "remainingMs">;

/** The source's state, with what can be worked out from it. */
export interface SourceStatus extends Omit<SourceState, "snapshots" | "requested"> {
  /** Not written for so long that the producer must be away. */
  readonly silent: boolean;
  readonly snapshots: Readonly<Record<string, WithProgress<SourceState["snapshots"][string]>>>;
  readonly requested: Readonly<Record<string, WithProgress<SourceState["requested"][string]>>>;
  /** Configured tables, `schema.table`, of which no snapshot has begun. */
  readonly waiting: readonly string[];
}

export function sourceStatus(
  state: SourceState,
  tables: readonly { readonly schema: string; readonly name: string }[],
  now: number,
): SourceStatus {
  return {
    ...state,
    silent: isSilent(state, now),
    snapshots: withProgress(
      sorted(state.snapshots, ([a], [b]) => a.localeCompare(b)),
      state.updatedAt,
    ),
    requested: withProgress(
      sorted(state.requested, ([, a], [, b]) => a.startedAt - b.startedAt),
      state.updatedAt,
    ),
    waiting: tables.map(tableLabel).filter((label) => !(label in state.snapshots)),
  };
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
