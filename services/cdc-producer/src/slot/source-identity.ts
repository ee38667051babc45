import type { SourceState } from "@freshet/schemas/service-state";
import { FatalError } from "@freshet/streaming/errors";
import type { SeenSlot } from "@freshet/postgres/server-catalogue";
import { formatLsn, parseLsn } from "@freshet/postgres/lsn";

/** The source as the server shows it. */
export interface SeenSource {
  readonly address: string;
  readonly systemIdentifier: string;
  readonly timeline: number;
  readonly database: string;
  readonly walEnd: bigint;
  readonly slot: SeenSlot | null;
}

const CURE = "name a new source.slot in freshet.yaml, which starts with a fresh snapshot and rebuilds the index";

/**
 * Whether what was read before goes on here. The state's confirmed position is always written before it is told to
 * Postgres, so a slot that is ahead of the state was moved, or dropped and made anew, by somebody else.
 *
 * @param stored null when this slot was never read.
 * @throws {FatalError} when changes may be missing: one sentence with what it means and what to do.
 */
export function checkIdentity(slot: string, stored: SourceState | null, seen: SeenSource): void {
  const { address } = seen;
  if (seen.slot !== null && (seen.slot.plugin !== "pgoutput" || seen.slot.database !== seen.database)) {
    throw new FatalError(
      `Replication slot "${slot}" belongs to something else (plugin ${seen.slot.plugin}, database ` +
        `${seen.slot.database}): name another source.slot in freshet.yaml.`,
    );
  }
  if (stored === null) return;
  if (seen.systemIdentifier !== stored.systemIdentifier || seen.database !== stored.database) {
    throw new FatalError(
      `${address} is another database than the one that slot "${slot}" was read from (system identifier ` +
        `${seen.systemIdentifier}, before ${stored.systemIdentifier}; database ${seen.database}, before ` +
        `${stored.database}), so its rows may differ from what was captured: ${CURE}.`,
    );
  }
  if (seen.timeline !== stored.timeline) {
    throw new FatalError(
      `${address} is on timeline ${seen.timeline}, before on ${stored.timeline}: it was restored or failed over, and ` +
        `changes that were captured may not have happened in it, or others be missing: ${CURE}.`,
    );
  }
  const confirmed = parseLsn(stored.confirmedLsn);
  if (seen.walEnd < confirmed) {
    throw new FatalError(
      `${address} has its WAL's end at ${formatLsn(seen.walEnd)}, before ${stored.confirmedLsn}, up to which it was read: ` +
        `an older copy of the database was restored, and its changes since then would be skipped: ${CURE}.`,
    );
  }
  if (seen.slot === null) {
    throw new FatalError(
      `Replication slot "${slot}" is gone from ${address}, so what was changed since ${stored.confirmedLsn} can't be read: ${CURE}.`,
    );
  }
  if (seen.slot.confirmedLsn > confirmed) {
    throw new FatalError(
      `Replication slot "${slot}" stands at ${formatLsn(seen.slot.confirmedLsn)}, but was read up to ` +
        `${stored.confirmedLsn} only: it was moved, or dropped and made anew, and what lies between can't be read: ${CURE}.`,
    );
  }
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
