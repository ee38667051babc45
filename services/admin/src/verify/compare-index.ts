import type { Embedding } from "@freshet/embeddings/embedding-model";
import { openModel } from "@freshet/embeddings/open-model";
import { FatalError } from "@freshet/streaming/errors";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { openSearchableStore } from "@freshet/vector-stores/open-store";
import { partitionedSearchableStore } from "@freshet/vector-stores/partitioned/open";
import { comparedCollection, requireSame } from "./compared-collection.js";
import type { Comparison, VerifyContext } from "./comparison.js";
import { IndexRows } from "./index-rows.js";
import { Kept } from "./kept.js";
import type { OpenedSource, SourceReading } from "./opened-source.js";
import { passed } from "./passage.js";
import { ProgressLine } from "./progress-line.js";
import { openTableSource } from "./table-source.js";
import { openTopicSource } from "./topic-source.js";
import { untilAborted } from "./until-aborted.js";
import { verifyIndex } from "./verify-index.js";
import type { IndexReport } from "./verify-report.js";

export interface CompareOptions {
  /** Of so many rows, from 0 to 1, the vectors are recomputed, and of all the texts and payloads; null: none. */
  readonly deep: number | null;
  /** Has the rows that differ captured again. */
  readonly repair: boolean;
  readonly timeoutSeconds: number;
  /** How many rows are read of the source, a second at most; as fast as they come unless given. */
  readonly rate?: number | undefined;
}

/**
 * Opens both sides, and compares them. A repair has rows captured again, and so reaches every generation of the index.
 *
 * @throws an error with a sentence when it can't be told whether they are equal.
 */
export async function compareIndex(
  context: VerifyContext,
  comparison: Comparison,
  { timeoutSeconds, repair, deep, rate }: CompareOptions,
): Promise<IndexReport> {
  const { configuration, environment, connection, terminal, signal } = context;
  const { name, settings, storeName, target } = comparison;
  const startedAt = new Date();
  const timeoutMs = timeoutSeconds * 1000;
  const storeSettings = configuration.stores[storeName];
  if (storeSettings === undefined) throw new FatalError(`The configuration has no store ${storeName}.`);
  const progress = new ProgressLine(terminal, `${name} in ${storeName}`);
  const kept = new Kept();
  try {
    const opened = await openSearchableStore(storeSettings, { name: storeName, places: environment.stores });
    const store = kept.keep(partitionedSearchableStore(opened, settings.partitionBy));
    const collection = await comparedCollection(store, comparison);
    const onWait = (sentence: string) => terminal.report(sentence);
    const source = kept.keep(await openSource(context, comparison, { rate, timeoutMs, onWait }));
    if (repair && source.recapture === null) {
      throw new FatalError(
        `The index ${name} can't be repaired by capturing rows again, for its topic ${source.label} is somebody else's to write: ` +
          `run freshet reindex ${name}, or have its rows written to the topic again.`,
      );
    }
    const admin = kept.keep(await connectTopicAdmin(connection));
    const model =
      deep === null || deep === 0 ? null : kept.keep(await openModel(target.model, { ...environment, signal }));
    const embed = model && (async (texts: readonly string[]) => vectorsOf(await model.embed(texts, "document")));
    const looking = verifyIndex({
      source: source.rows,
      index: kept.keep(new IndexRows({ store, index: name, collection })),
      passed: () =>
        passed({
          ...{ store: storeName, admin, timeoutMs, signal },
          passage: { ...target, changes: source.changes },
          capture: () => source.captured(),
        }),
      repair: repair ? source.recapture : null,
      deep: deep === null && source.hasHashes ? null : { sample: deep ?? 0, embed },
      onProgress: (seen) => progress.show(seen),
    });
    // What is closed below ends it.
    const found = await untilAborted(looking, signal);
    await requireSame(store, comparison, collection);
    await source.requireUnchanged();
    const times = { startedAt: startedAt.toISOString(), finishedAt: new Date().toISOString() };
    return { index: name, store: storeName, table: source.label, ...times, ...found };
  } finally {
    progress.end();
    await kept.close();
  }
}

function openSource(context: VerifyContext, comparison: Comparison, reading: SourceReading): Promise<OpenedSource> {
  const { settings } = comparison;
  return settings.topic === undefined
    ? openTableSource(context, comparison, reading)
    : openTopicSource(context, { ...comparison, settings }, reading);
}

function vectorsOf(embeddings: readonly Embedding[]): Float32Array[] {
  return embeddings.map(({ vector }) => vector);
}
