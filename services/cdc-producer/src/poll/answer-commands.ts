import { COMMANDS_TOPIC } from "@freshet/schemas/topics";
import type { Logger } from "@freshet/streaming/logger";
import type { RecordOutlet } from "../events/record-outlet.js";
import type { SnapshotCommands } from "../service/snapshot-commands.js";
import type { StateJournal } from "../service/state-journal.js";
import { isOver } from "../snapshot/snapshot-jobs.js";
import type { SnapshotRecords } from "../snapshot/snapshot-records.js";

export interface Answering {
  readonly commands: SnapshotCommands;
  readonly journal: StateJournal;
  readonly records: SnapshotRecords;
  readonly outlet: RecordOutlet;
  readonly logger: Logger;
  /** The keys of those that needn't be read again. */
  readonly answered: Set<string>;
}

/** Takes away the commands whose outcome is stored. Who asks for a table that isn't captured finds that in the state. */
export async function answerCommands(labels: readonly string[], answering: Answering): Promise<void> {
  const { commands, journal, records, outlet, logger, answered } = answering;
  for (const command of commands.read()) {
    if (answered.has(command.recordKey)) continue;
    if (!isOver(journal.state, command)) {
      if (labels.includes(command.table)) continue;
      const error = `${command.table} is not among source.tables.`;
      logger.warn({ id: command.id }, error);
      await records.failed({ table: command.table, command }, error);
    }
    answered.add(command.recordKey);
    outlet.offer({ topic: COMMANDS_TOPIC, key: command.recordKey, value: null });
  }
}
