import type { SnapshotState, SourceState } from "@freshet/schemas/service-state";

/** Ms since the Unix epoch, of everything below. */
export const NOW = Date.UTC(2026, 0, 1, 12);

export function run(parts: Partial<SnapshotState> = {}): SnapshotState & { readonly identity: string } {
  const started = { position: "1/10/0", identity: "", lastKey: ["260000"], startedAt: NOW - 13_000, finishedAt: null };
  return { ...started, rows: 260_000, estimatedRows: 500_000, ...parts };
}

export function sourceState(parts: Partial<SourceState> = {}): SourceState {
  return {
    ...{ kind: "source", slot: "freshet", publication: "freshet", phase: "streaming", epoch: 7 },
    ...{ systemIdentifier: "7461", timeline: 1, database: "shop", confirmedLsn: "0/1A2B3C", lastCommit: null },
    ...{ snapshots: {}, requested: {}, polled: {}, health: null, lastError: null, lastErrorCode: null, updatedAt: NOW },
    ...parts,
  };
}
