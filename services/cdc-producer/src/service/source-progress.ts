import { decodeState, sourceStateKey, type SourceState } from "@freshet/schemas/service-state";
import { isSameIdentity } from "@freshet/postgres/identity-text";
import { SourceError } from "@freshet/postgres/errors";
import { nextEpoch } from "../slot/source-identity.js";
import { formatLsn } from "@freshet/postgres/lsn";
import type { SystemIdentity } from "../postgres/replication-session.js";

/** Every source's state. @throws {SourceError} when one can't be read: its epoch must be known. */
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
    throw new SourceError(
      "state-unreadable",
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
    ...{ confirmedLsn: formatLsn(0n), lastCommit: null, snapshots: {}, requested: {}, polled: {}, health: null },
    ...{ lastError: null, lastErrorCode: null, updatedAt: 0 },
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
 * The snapshots that still count: of tables that have been captured without a break since, as they are now. One that was
 * taken out of the configuration has changed unseen, so it needs a new snapshot if it comes back. What was added to one
 * belongs to it from now on.
 *
 * @param identities by `schema.table`, of those that are captured.
 */
export function keptSnapshots(
  snapshots: SourceState["snapshots"],
  identities: ReadonlyMap<string, string>,
): SourceState["snapshots"] {
  return Object.fromEntries(
    Object.entries(snapshots).flatMap(([label, snapshot]) => {
      const identity = identities.get(label);
      if (identity === undefined || !isSameIdentity(snapshot.identity, identity)) return [];
      return [[label, { ...snapshot, identity }]];
    }),
  );
}
