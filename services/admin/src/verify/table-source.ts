import { documentRules } from "@freshet/documents/document-rules";
import type { SourceTable } from "@freshet/process/source-configuration";
import { formatTableName } from "@freshet/process/table-name";
import { tableTopic } from "@freshet/schemas/topics";
import { FatalError } from "@freshet/streaming/errors";
import { SourceFeed } from "../follow/source-feed.js";
import type { Comparison, VerifyContext } from "./comparison.js";
import { Kept } from "./kept.js";
import type { OpenedSource, SourceReading } from "./opened-source.js";
import { Pace } from "./pace.js";
import { PolledProgress } from "./polled-progress.js";
import { recapture } from "./recapture.js";
import { Replica } from "./replica.js";
import { SlotProgress } from "./slot-progress.js";
import { TableRows } from "./table-rows.js";

/** A captured table. @throws an error with a sentence when it can't be compared with. */
export async function openTableSource(
  context: VerifyContext,
  { name, settings }: Pick<Comparison, "name" | "settings">,
  reading: SourceReading,
): Promise<OpenedSource> {
  const { configuration, environment, connection, signal } = context;
  const { source: sourceSettings } = configuration;
  const table = sourceSettings.tables.find(
    (some) => settings.table && formatTableName(some) === formatTableName(settings.table),
  );
  if (table === undefined) throw new FatalError(`The index ${name} has no table.`);
  const label = formatTableName(table);
  const address = { ...environment.postgres, applicationName: "freshet verify" };
  const kept = new Kept();
  try {
    const states = kept.keep(await SourceFeed.open(connection, sourceSettings.slot, signal));
    const state = () => states.view().state;
    const progress = kept.keep(
      sourceSettings.mode === "poll"
        ? await PolledProgress.open(address, label, state)
        : await SlotProgress.open(address, sourceSettings.slot),
    );
    const replica = await openReplica(context, table, reading);
    if (replica !== undefined) kept.keep(replica);
    const rules = documentRules(name, settings);
    const pace = reading.rate === undefined ? undefined : new Pace(reading.rate, signal);
    const rows = kept.keep(await TableRows.open({ address, source: table, rules, replica, pace }));
    return {
      ...{ rows, label, changes: tableTopic(table, sourceSettings.tables) },
      // The table's snapshot brings the rows that were there before, and then their changes.
      captured: async () => {
        const confirmed = await progress.mark();
        return async () => state()?.snapshots[label]?.finishedAt != null && (await confirmed());
      },
      hasHashes: true,
      recapture: async (keys) => {
        const taken = await rows.taken(keys);
        await recapture(context, label, [...taken]);
        return keys.filter((key) => !taken.has(key));
      },
      requireUnchanged: () => rows.requireUnchanged(),
      close: () => kept.close(),
    };
  } catch (error) {
    await kept.close();
    throw error;
  }
}

/** Of a polled source, a replica is what is polled. */
async function openReplica(
  { environment, signal }: VerifyContext,
  { poll }: SourceTable,
  { timeoutMs, onWait }: SourceReading,
): Promise<Replica | undefined> {
  const { postgres, postgresReplica } = environment;
  if (postgresReplica === undefined || poll !== undefined) return undefined;
  const applicationName = "freshet verify";
  const [primary, replica] = [
    { ...postgres, applicationName },
    { ...postgresReplica, applicationName },
  ];
  return Replica.open({ primary, replica, timeoutMs, onWait, signal });
}
