import { parsePosition } from "@freshet/schemas/position";
import { decodeState, sourceStateKey, type SourceState } from "@freshet/schemas/service-state";
import { FatalError } from "@freshet/streaming/errors";
import { nextEpoch } from "../slot/source-identity.js";
import { formatLsn } from "@freshet/postgres/lsn";
import type { SystemIdentity } from "../postgres/replication-session.js";
import { tableLabel } from "../events/captured-table.js";

interface Table {
  readonly schema: string;
  readonly name: string;
}

/** Every source's state. @throws {FatalError} when one can't be read: its epoch must be known. */
export function readSourceStates(entries: ReadonlyMap<string, string>): SourceState[] {
  const states: SourceState[] = [];
  for (const [key, value] of entries) {
    if (!key.startsWith(sourceStateKey(""))) continue;
    const state = decode(key, value);
    if (state.kind === "source") states.push(state);
  }
  return states;
}

function decode(key: string, value: string) {
  try {
    return decodeState(value);
  } catch (error) {
    throw new FatalError(
      `The state topic's record ${key} can't be read (${(error as Error).message}): was it written by a newer version?`,
      { cause: error },
    );
  }
}

export interface NewSource {
  readonly slot: string;
  readonly publication: string;
  readonly identity: SystemIdentity;
}

export function newSourceState({ slot, publication, identity }: NewSource, others: Iterable<SourceState>): SourceState {
  return {
    ...{ kind: "source", slot, publication, phase: "starting" },
    ...{ systemIdentifier: identity.systemIdentifier, timeline: identity.timeline, database: identity.database },
    epoch: nextEpoch(others),
    ...{ confirmedLsn: formatLsn(0n), snapshots: {}, requested: {}, polled: {}, health: null },
    ...{ lastError: null, updatedAt: 0 },
  };
}

/**
 * A slot that another one has taken over from meanwhile, and that is read again, would write below what that one
 * wrote: its epoch rises above.
 */
export function resumedSourceState(stored: SourceState, others: readonly SourceState[]): SourceState {
  const rivals = others.filter((other) => Object.keys(other.snapshots).some((label) => label in stored.snapshots));
  const epoch = rivals.some((rival) => rival.epoch > stored.epoch) ? nextEpoch(rivals) : stored.epoch;
  return { ...stored, epoch };
}

/**
 * The snapshots that still count: of tables that are captured without a break since. A table that was taken out of the
 * configuration or the publication has changed unseen, so it needs a new one if it comes back.
 */
export function keptSnapshots(
  snapshots: SourceState["snapshots"],
  configured: readonly Table[],
  unseen: readonly Table[],
): SourceState["snapshots"] {
  const kept = new Set(configured.map(tableLabel));
  for (const table of unseen) kept.delete(tableLabel(table));
  return Object.fromEntries(Object.entries(snapshots).filter(([label]) => kept.has(label)));
}

export function withoutSnapshot<T extends Table>(tables: readonly T[], snapshots: SourceState["snapshots"]): T[] {
  return tables.filter((table) => (snapshots[tableLabel(table)]?.finishedAt ?? null) === null);
}

/** Where each finished snapshot stands in the WAL, by `schema.table`. */
export function snapshotLsns(snapshots: SourceState["snapshots"]): Map<string, bigint> {
  const finished = Object.entries(snapshots).filter(([, { finishedAt }]) => finishedAt !== null);
  return new Map(finished.map(([label, { position }]) => [label, parsePosition(position).commitLsn]));
}
