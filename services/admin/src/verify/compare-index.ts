import { documentRules } from "@freshet/documents/document-rules";
import type { Embedding } from "@freshet/embeddings/embedding-model";
import { openModel } from "@freshet/embeddings/open-model";
import type { IndexConfiguration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
import { formatTableName } from "@freshet/process/table-name";
import { tableTopic } from "@freshet/schemas/topics";
import { FatalError } from "@freshet/streaming/errors";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { openSearchableStore } from "@freshet/vector-stores/open-store";
import { partitionedSearchableStore } from "@freshet/vector-stores/partitioned/open";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";
import type { CommandContext } from "../command-context.js";
import { SourceFeed } from "../follow/source-feed.js";
import { IndexRows } from "./index-rows.js";
import { passed } from "./passage.js";
import { ProgressLine } from "./progress-line.js";
import { recapture } from "./recapture.js";
import { SlotProgress } from "./slot-progress.js";
import { TableRows } from "./table-rows.js";
import { untilAborted } from "./until-aborted.js";
import { verifyIndex } from "./verify-index.js";
import type { IndexReport } from "./verify-report.js";

export interface VerifyContext extends CommandContext {
  readonly environment: Environment;
}

/** An index in one of its stores. */
export interface Comparison {
  readonly name: string;
  readonly settings: IndexConfiguration;
  readonly storeName: string;
}

export interface CompareOptions {
  /** Of so many rows, from 0 to 1, the vectors are recomputed, and of all the texts and payloads; null: none. */
  readonly deep: number | null;
  /** Has the rows that differ captured again. */
  readonly repair: boolean;
  readonly timeoutSeconds: number;
}

/** Opens both sides, and compares them. @throws an error with a sentence when it can't be told whether they are equal. */
export async function compareIndex(
  context: VerifyContext,
  { name, settings, storeName }: Comparison,
  { timeoutSeconds, repair, deep }: CompareOptions,
): Promise<IndexReport> {
  const { configuration, environment, connection, terminal, signal } = context;
  const startedAt = new Date();
  const { source: sourceSettings, stores } = configuration;
  const table = sourceSettings.tables.find(
    (some) => settings.table && formatTableName(some) === formatTableName(settings.table),
  );
  const storeSettings = stores[storeName];
  if (table === undefined || storeSettings === undefined)
    throw new FatalError(`The index ${name} has no table or store.`);
  const address = { ...environment.postgres, applicationName: "freshet verify" };
  const kept: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(one: T): T => {
    kept.unshift(one);
    return one;
  };
  const progress = new ProgressLine(terminal, `${name} in ${storeName}`);
  try {
    const opened = await openSearchableStore(storeSettings, { name: storeName, places: environment.stores });
    const store = keep(partitionedSearchableStore(opened, settings.partitionBy));
    const collection = await collectionOf(store, name);
    const source = keep(await TableRows.open(address, table, documentRules(name, settings)));
    const slot = keep(await SlotProgress.open(address, sourceSettings.slot));
    const states = keep(await SourceFeed.open(connection, sourceSettings.slot, signal));
    const admin = keep(await connectTopicAdmin(connection));
    const model = deep === null || deep === 0 ? null : keep(await openModelOf(context, settings));
    const embed = model && (async (texts: readonly string[]) => vectorsOf(await model.embed(texts, "document")));
    const looking = verifyIndex({
      source,
      index: new IndexRows({ store, index: name, collection }),
      passed: () =>
        passed({
          ...{ index: name, store: storeName, admin, signal },
          changes: tableTopic(table, sourceSettings.tables),
          capture: () => captured(slot, states, formatTableName(table)),
          timeoutMs: timeoutSeconds * 1000,
        }),
      repair: repair ? (keys) => recapture(context, formatTableName(table), keys) : null,
      deep: deep === null ? null : { sample: deep, embed },
      onProgress: (seen) => progress.show(seen),
    });
    // What is closed below ends it.
    const found = await untilAborted(looking, signal);
    if ((await collectionOf(store, name)) !== collection) {
      throw new FatalError(`The index ${name} was switched to another collection meanwhile: verify it again.`);
    }
    await source.requireUnchanged();
    const times = { startedAt: startedAt.toISOString(), finishedAt: new Date().toISOString() };
    return { index: name, store: storeName, table: formatTableName(table), ...times, ...found };
  } finally {
    progress.end();
    for (const one of kept) await one.close();
  }
}

/** Whether the table's snapshot is done, which brings the rows that were there before the slot, and then the WAL. */
async function captured(slot: SlotProgress, states: SourceFeed, table: string): Promise<() => Promise<boolean>> {
  const confirmed = await slot.mark();
  return async () => {
    const snapshot = states.view().state?.snapshots[table];
    return snapshot !== undefined && snapshot.finishedAt !== null && (await confirmed());
  };
}

function openModelOf({ configuration, environment, signal }: VerifyContext, { model }: IndexConfiguration) {
  const settings = configuration.models[model];
  if (settings === undefined) throw new FatalError(`The configuration has no model ${model}.`);
  return openModel(settings, { ...environment, signal });
}

function vectorsOf(embeddings: readonly Embedding[]): Float32Array[] {
  return embeddings.map(({ vector }) => vector);
}

/** @throws {FatalError} when nothing was ever stored. */
async function collectionOf(store: SearchableStore, index: string): Promise<string> {
  const collection = await store.resolveAlias(index);
  if (collection !== null) return collection;
  throw new FatalError(`The index ${index} has no collection yet: its sink has stored nothing.`);
}
