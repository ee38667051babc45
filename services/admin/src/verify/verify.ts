import { writeFileSync } from "node:fs";
import { FatalError } from "@freshet/streaming/errors";
import type { CommandContext } from "../command-context.js";
import { compareIndex, type CompareOptions, type Comparison, type VerifyContext } from "./compare-index.js";
import { renderReport } from "./render-report.js";
import { verdict, VERDICT, type IndexFailure, type IndexReport, type VerifyExitCode } from "./verify-report.js";

export interface VerifyOptions extends CompareOptions {
  /** As configured; every index of a table when it is left out. */
  readonly index: string | undefined;
  /** Of a file to write the report into, as JSON. */
  readonly report?: string;
  readonly json: boolean;
}

/** Compares indexes with their tables. Only the services write: a repair asks the producer for rows. */
export async function verify(context: VerifyContext, options: VerifyOptions): Promise<VerifyExitCode> {
  const { terminal, signal } = context;
  try {
    const reports: IndexReport[] = [];
    const failures: IndexFailure[] = [];
    for (const comparison of comparisons(context, options.index)) {
      const outcome = await compareOrTell(context, comparison, options);
      if ("reason" in outcome) failures.push(outcome);
      else reports.push(outcome);
    }
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

/** One index that can't be told about doesn't keep the others from it. */
async function compareOrTell(
  context: VerifyContext,
  comparison: Comparison,
  options: VerifyOptions,
): Promise<IndexReport | IndexFailure> {
  const { terminal, signal } = context;
  signal.throwIfAborted();
  try {
    const report = await compareIndex(context, comparison, options);
    if (!options.json) terminal.result(renderReport(report, terminal.colors.result));
    return report;
  } catch (error) {
    if (signal.aborted) throw error;
    terminal.report(reasonOf(error));
    return { index: comparison.name, store: comparison.storeName, reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @throws {FatalError} when there is nothing that can be compared. */
function comparisons({ configuration }: CommandContext, wanted: string | undefined): Comparison[] {
  const { indexes, source } = configuration;
  const names = Object.keys(indexes);
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new FatalError(`There is no index ${wanted}; the configuration has ${names.join(", ")}.`);
  }
  if (source.mode === "poll") {
    throw new FatalError("A polled source can't be verified yet: it doesn't tell how far it has come.");
  }
  const found = Object.entries(indexes).flatMap(([name, settings]) =>
    (wanted === undefined || name === wanted) && settings.table !== undefined
      ? settings.stores.map((storeName) => ({ name, settings, storeName }))
      : [],
  );
  if (found.length > 0) return found;
  throw new FatalError("There is no table to compare with: an index of a topic can't be verified yet.");
}
