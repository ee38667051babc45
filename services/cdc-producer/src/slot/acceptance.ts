import { SourceError } from "@freshet/postgres/errors";
import type { AcceptCommand } from "@freshet/schemas/source-command";
import { decodeSourceCommand, sourceCommandKey } from "@freshet/schemas/source-command";
import type { SourceState } from "@freshet/schemas/service-state";
import type { SystemIdentity } from "../postgres/replication-session.js";
import { nextEpoch } from "./source-identity.js";

/** What people ask with `freshet source accept`; null when nobody does. @throws {SourceError} when it can't be read. */
export function findAcceptance(commands: ReadonlyMap<string, string>, slot: string): AcceptCommand | null {
  const key = sourceCommandKey({ kind: "accept", slot, epoch: 0, requestedAt: 0 });
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

/** Whether it is still to be carried out: that begins another epoch than the one that was accepted. */
export function isPending(command: AcceptCommand, stored: SourceState): boolean {
  return command.epoch === stored.epoch;
}

export interface AcceptedSource {
  readonly stored: SourceState;
  readonly others: readonly SourceState[];
  readonly identity: SystemIdentity;
}

/** The source as it goes on with another database: nothing that was read of the old one counts, but its epoch. */
export function acceptedState({ stored, others, identity }: AcceptedSource): SourceState {
  const { systemIdentifier, timeline, database } = identity;
  const epoch = nextEpoch([stored, ...others]);
  return {
    ...stored,
    systemIdentifier,
    timeline,
    database,
    epoch,
    snapshots: {},
    requested: {},
    health: null,
    lastCommit: null,
  };
}
