import { ACCEPT, SourceError } from "@freshet/postgres/errors";
import { formatLsn, parseLsn } from "@freshet/postgres/lsn";
import type { SourceState } from "@freshet/schemas/service-state";
import type { AcceptCommand } from "@freshet/schemas/source-command";
import { acceptedState, isPending } from "../slot/acceptance.js";
import { nextEpoch } from "../slot/source-identity.js";
import { newSourceState, resumedSourceState } from "../service/source-progress.js";

/** The server as an ordinary role sees it. */
export interface SeenServer {
  readonly address: string;
  /** Empty, where the server doesn't tell it to everybody. */
  readonly systemIdentifier: string;
  readonly timeline: number;
  readonly database: string;
}

export interface PolledSource {
  readonly slot: string;
  readonly publication: string;
  readonly seen: SeenServer;
  readonly stored: SourceState | null;
  readonly others: readonly SourceState[];
  readonly command: AcceptCommand | null;
}

/**
 * The state to go on with. Polling has no slot that could tell of a gap, but a database that is another one has other
 * rows. A new epoch reads every table anew.
 *
 * @throws {SourceError} when a person has to say whether to go on.
 */
export function polledState({ slot, publication, seen, stored, others, command }: PolledSource): SourceState {
  const identity = { ...seen, walEnd: 0n };
  if (stored === null) return newSourceState({ slot, publication, identity }, others);
  if (command !== null && isPending(command, stored)) {
    return { ...acceptedState({ stored, others, identity }), ...NOTHING_READ };
  }
  const known = seen.systemIdentifier !== "" && stored.systemIdentifier !== "";
  if (seen.database !== stored.database || (known && seen.systemIdentifier !== stored.systemIdentifier)) {
    throw new SourceError(
      "another-database",
      `${seen.address} is another database than the one that "${slot}" was read from (system identifier ` +
        `${seen.systemIdentifier}, before ${stored.systemIdentifier}; database ${seen.database}, before ` +
        `${stored.database}), so its rows may differ from what was captured: ${ACCEPT}, or name another source.slot.`,
    );
  }
  // Read from the WAL before: its positions are no numbers of reads.
  if (parseLsn(stored.confirmedLsn) > 0n) {
    return { ...stored, ...identified(seen), ...NOTHING_READ, epoch: nextEpoch([stored, ...others]) };
  }
  return { ...resumedSourceState(stored, others), ...identified(seen) };
}

/** Whether it was restored or failed over: what was polled may not have happened in it. */
export function hasMoved(stored: SourceState | null, { timeline }: SeenServer): boolean {
  return stored !== null && stored.timeline !== timeline && stored.timeline > 0 && timeline > 0;
}

const NOTHING_READ = {
  confirmedLsn: formatLsn(0n),
  snapshots: {},
  polled: {},
  health: null,
  lastError: null,
  lastErrorCode: null,
};

function identified({ systemIdentifier, timeline, database }: SeenServer) {
  return { systemIdentifier, timeline, database };
}
