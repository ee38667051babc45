import { ACCEPT, SourceError } from "@freshet/postgres/errors";
import { formatLsn, parseLsn } from "@freshet/postgres/lsn";
import type { SeenSlot } from "@freshet/postgres/server-catalogue";
import { slotForeign, slotLost } from "@freshet/postgres/slot-errors";
import type { SourceState } from "@freshet/schemas/service-state";

/** The source as the server shows it. */
export interface SeenSource {
  readonly address: string;
  readonly systemIdentifier: string;
  readonly timeline: number;
  readonly database: string;
  readonly walEnd: bigint;
  readonly slot: SeenSlot | null;
}

/** @throws {SourceError} when the slot is somebody else's. */
export function checkOwner(slot: string, seen: SeenSource): void {
  if (seen.slot === null || (seen.slot.plugin === "pgoutput" && seen.slot.database === seen.database)) return;
  throw slotForeign(slot, seen.slot);
}

/**
 * Whether what was read before goes on here. The state's confirmed position is always written before it is told to
 * Postgres, so a slot that is ahead of the state was moved, or dropped and made anew, by somebody else.
 *
 * @param stored null when this slot was never read.
 * @throws {SourceError} when changes may be missing: one sentence with what it means and what to do.
 */
export function checkIdentity(slot: string, stored: SourceState | null, seen: SeenSource): void {
  checkOwner(slot, seen);
  if (stored === null) return;
  checkDatabase(slot, stored, seen);
  const confirmed = parseLsn(stored.confirmedLsn);
  if (seen.slot === null) {
    throw new SourceError(
      "slot-gone",
      `Replication slot "${slot}" is gone from ${seen.address}, so what was changed since ${stored.confirmedLsn} is missed: ${ACCEPT}.`,
    );
  }
  if (seen.slot.lost !== null) throw slotLost(slot, seen.slot.lost);
  if (seen.slot.confirmedLsn > confirmed) {
    throw new SourceError(
      "slot-moved",
      `Replication slot "${slot}" stands at ${formatLsn(seen.slot.confirmedLsn)}, but was read up to ` +
        `${stored.confirmedLsn} only: it was moved, or dropped and made anew, and what lies between is missed: ${ACCEPT}.`,
    );
  }
}

function checkDatabase(slot: string, stored: SourceState, seen: SeenSource): void {
  const { address, systemIdentifier, database } = seen;
  if (systemIdentifier !== stored.systemIdentifier || database !== stored.database) {
    throw new SourceError(
      "another-database",
      `${address} is another database than the one that slot "${slot}" was read from (system identifier ` +
        `${systemIdentifier}, before ${stored.systemIdentifier}; database ${database}, before ${stored.database}), so its ` +
        `rows may differ from what was captured: ${ACCEPT}.`,
    );
  }
  if (seen.timeline !== stored.timeline) {
    throw new SourceError(
      "another-timeline",
      `${address} is on timeline ${seen.timeline}, before on ${stored.timeline}: it was restored or failed over, and ` +
        `changes that were captured may not have happened in it, or others be missing: ${ACCEPT}.`,
    );
  }
  if (seen.walEnd >= parseLsn(stored.confirmedLsn)) return;
  throw new SourceError(
    "older-copy",
    `${address} has its WAL's end at ${formatLsn(seen.walEnd)}, before ${stored.confirmedLsn}, up to which it was read: ` +
      `an older copy of the database was restored, and its changes since then would be skipped: ${ACCEPT}.`,
  );
}

/**
 * Above every epoch so far, so that a new slot's snapshot outranks what an old one wrote. Counted by the clock's
 * seconds, so that it does so too when the states were lost and only the stores still know the old epochs.
 *
 * @param now in ms since the Unix epoch.
 */
export function nextEpoch(states: Iterable<SourceState>, now = Date.now()): number {
  return Math.max(Math.floor(now / 1000), ...[...states].map(({ epoch }) => epoch + 1));
}
