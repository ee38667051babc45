import { SourceError } from "@freshet/postgres/errors";
import type { AcceptCommand } from "@freshet/schemas/source-command";
import { decodeSourceCommand, sourceCommandKey } from "@freshet/schemas/source-command";
import type { SourceState } from "@freshet/schemas/service-state";
import type { SystemIdentity } from "../postgres/replication-session.js";
import { nextEpoch } from "./source-identity.js";

/** What people ask with `freshet source accept`; null when nobody does. @throws {SourceError} when it can't be read. */
export function findAcceptance(commands: ReadonlyMap<string, string>, slot: string): AcceptCommand | null {
  const key = sourceCommandKey({ kind: "accept", slot, requestedAt: 0 });
  const text = commands.get(key);
  if (text === undefined) return null;
  try {
    const command = decodeSourceCommand(text);
    return command.kind === "accept" ? command : null;
  } catch (error) {
    throw new SourceError(
      "state-unreadable",
      `The commands topic's record ${key} can't be read (${(error as Error).message}): was it written by a newer version?`,
      { cause: error },
    );
  }
}

/** Whether it is still to be carried out: an epoch that began since then did so by it. */
export function isPending({ requestedAt }: AcceptCommand, { epoch }: SourceState): boolean {
  return Math.floor(requestedAt / 1000) >= epoch;
}

export interface AcceptedSource {
  readonly command: AcceptCommand;
  readonly stored: SourceState;
  readonly others: readonly SourceState[];
  readonly identity: SystemIdentity;
}

/** The source as it goes on with another database: nothing that was read of the old one counts, but its epoch. */
export function acceptedState({ command, stored, others, identity }: AcceptedSource): SourceState {
  const { systemIdentifier, timeline, database } = identity;
  // By the clock of who asked, if that is ahead: the command must not look newer than the epoch that it began.
  const now = Math.max(Date.now(), command.requestedAt + 1000);
  const epoch = nextEpoch([stored, ...others], now);
  return { ...stored, systemIdentifier, timeline, database, epoch, snapshots: {}, requested: {}, health: null };
}
