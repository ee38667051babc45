import { writeFileSync } from "node:fs";
import { GenerationsFeed } from "@freshet/generations/generations-feed";
import {
  documentsTopicOf,
  sinkGroupOf,
  transformerGroupOf,
  type RunningGeneration,
} from "@freshet/generations/running-generation";
import { FatalError } from "@freshet/streaming/errors";
import type { CommandContext } from "../command-context.js";
import { compareIndex, type CompareOptions } from "./compare-index.js";
import type { Comparison, Generation, VerifyContext } from "./comparison.js";
import { renderReport } from "./render-report.js";
import { verdict, VERDICT, type IndexFailure, type IndexReport, type VerifyExitCode } from "./verify-report.js";

export interface VerifyOptions extends Omit<CompareIndexesOptions, "onOutcome"> {
  /** Of a file to write the report into, as JSON. */
  readonly report?: string;
  readonly json: boolean;
}

export interface Comparisons {
  readonly reports: readonly IndexReport[];
  /** Of the indexes that couldn't be compared. */
  readonly failures: readonly IndexFailure[];
}

export interface CompareIndexesOptions extends CompareOptions {
  /** As configured; every index when it is undefined. */
  readonly index: string | undefined;
  /** Told of each as it is there. */
  readonly onOutcome?: (outcome: IndexReport | IndexFailure) => void;
}

/** Compares indexes with their tables, and prints what it found. */
export async function verify(context: VerifyContext, options: VerifyOptions): Promise<VerifyExitCode> {
  const { terminal, signal } = context;
  const onOutcome = (outcome: IndexReport | IndexFailure) => {
    if ("reason" in outcome) terminal.report(outcome.reason);
    else if (!options.json) terminal.result(renderReport(outcome, terminal.colors.result));
  };
  try {
    const { reports, failures } = await compareIndexes(context, { ...options, onOutcome });
    const text = JSON.stringify({ reports, failures }, null, 2);
    if (options.json) terminal.result(text);
    if (options.report !== undefined) writeFileSync(options.report, `${text}\n`);
    return verdict(reports, failures);
  } catch (error) {
    if (signal.aborted) throw error;
    terminal.report(reasonOf(error));
    return VERDICT.unknown;
  }
}

/**
 * Compares indexes with their tables, one after the other. Only the services write: a repair asks the producer for rows.
 *
 * @throws {FatalError} when there is nothing that can be compared. @throws the signal's reason.
 */
export async function compareIndexes(context: VerifyContext, options: CompareIndexesOptions): Promise<Comparisons> {
  const reports: IndexReport[] = [];
  const failures: IndexFailure[] = [];
  for (const comparison of await comparisons(context, options.index)) {
    const outcome = await outcomeOf(context, comparison, options);
    if ("reason" in outcome) failures.push(outcome);
    else reports.push(outcome);
    options.onOutcome?.(outcome);
  }
  return { reports, failures };
}

/** One index that can't be told about doesn't keep the others from it. */
async function outcomeOf(
  context: VerifyContext,
  comparison: Comparison,
  options: CompareOptions,
): Promise<IndexReport | IndexFailure> {
  const { signal } = context;
  signal.throwIfAborted();
  try {
    return await compareIndex(context, comparison, options);
  } catch (error) {
    if (signal.aborted) throw error;
    return { index: comparison.name, store: comparison.storeName, reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Of the generations that are searched. @throws {FatalError} when there is nothing that can be compared. */
async function comparisons(
  { configuration, connection, signal }: CommandContext,
  wanted: string | undefined,
): Promise<readonly Comparison[]> {
  const names = Object.keys(configuration.indexes);
  if (names.length === 0) throw new FatalError("There is nothing to compare: the configuration has no indexes.");
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new FatalError(`There is no index ${wanted}; the configuration has ${names.join(", ")}.`);
  }
  const feed = await GenerationsFeed.open({ configuration, connection, signal });
  try {
    return feed.running().flatMap((generation) => {
      const { index: name, settings, serving } = generation;
      if (!serving || (wanted !== undefined && name !== wanted)) return [];
      return settings.stores.map((storeName) => ({
        name,
        settings,
        storeName,
        target: targetOf(generation, storeName),
      }));
    });
  } finally {
    await feed.close();
  }
}

function targetOf(generation: RunningGeneration, storeName: string): Generation {
  return {
    ...{ model: generation.model, embeddingsTopic: documentsTopicOf(generation) },
    ...{ transformerGroup: transformerGroupOf(generation), sinkGroup: sinkGroupOf(storeName, generation) },
  };
}
