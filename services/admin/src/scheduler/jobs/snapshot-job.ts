import type { ScheduledJob } from "@freshet/process/schedule-configuration";
import { formatTableName } from "@freshet/process/table-name";
import { EXIT, type CommandContext } from "../../command-context.js";
import { snapshot } from "../../snapshot/snapshot.js";
import type { JobOutcome } from "../job-plan.js";
import type { LoggingTerminal } from "../logging-terminal.js";

/** One table after the other. Broken off, it follows the one that is being read no more; the producer reads it to its end. */
export async function runSnapshot(
  { tables }: Extract<ScheduledJob, { job: "snapshot" }>,
  context: CommandContext & { readonly terminal: LoggingTerminal },
): Promise<JobOutcome> {
  const { configuration, signal, terminal } = context;
  let failed = false;
  for (const table of (tables ?? configuration.source.tables).map(formatTableName)) {
    signal.throwIfAborted();
    const code = await snapshot(context, { table, where: null, keys: null }, { wait: true, json: false });
    failed ||= code !== EXIT.done;
  }
  return { result: failed ? "failed" : "ok", message: terminal.results.join(" ") };
}
