import { formatLsn } from "@freshet/postgres/lsn";
import { sourceCommandKey, type AcceptCommand } from "@freshet/schemas/source-command";
import { COMMANDS_TOPIC } from "@freshet/schemas/topics";
import type { Logger } from "@freshet/streaming/logger";
import type { RecordOutlet } from "../events/record-outlet.js";
import { acceptedState, type AcceptedSource } from "../slot/acceptance.js";
import type { WantedSlot } from "./make-slot.js";

export interface Acceptance extends WantedSlot, AcceptedSource {
  readonly logger: Logger;
}

/**
 * Goes on with the database as it is. Until the new state is stored, the next start finds the command and does it all
 * again, with whatever slot it finds; from then on it finds an epoch that began after the command.
 */
export async function acceptSource(acceptance: Acceptance): Promise<void> {
  const { name, seen, replication, lease, journal, stored, logger } = acceptance;
  const state = acceptedState(acceptance);
  logger.warn(
    { slot: name, epoch: state.epoch, before: stored.epoch },
    "going on with the database as it is, as asked: the slot is made anew, and every table is taken again",
  );
  if (seen !== null) await replication.dropSlot(name, lease);
  const consistentPoint = await replication.createSlot(name, lease);
  journal.update({ ...state, confirmedLsn: formatLsn(consistentPoint), lastError: null, lastErrorCode: null });
  await journal.stored();
}

/** What is carried out, or was never needed, is deleted. It is harmless if it stays. */
export function forgetAcceptance(command: AcceptCommand, outlet: RecordOutlet): void {
  outlet.offer({ topic: COMMANDS_TOPIC, key: sourceCommandKey(command), value: null });
}
