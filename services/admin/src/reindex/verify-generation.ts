import {
  documentsTopicOf,
  sinkGroupOf,
  transformerGroupOf,
  type RunningGeneration,
} from "@freshet/generations/running-generation";
import { FatalError, RetriableError } from "@freshet/streaming/errors";
import { StoreUnavailableError } from "@freshet/vector-stores/errors";
import { formatCount } from "../rendering/measures.js";
import { compareIndex } from "../verify/compare-index.js";
import type { VerifyContext } from "../verify/comparison.js";
import { renderReport } from "../verify/render-report.js";
import { differenceCount, isEqual, type IndexReport } from "../verify/verify-report.js";

/** Where each has the rows that differ captured again. */
const ROUNDS = 3;

export interface VerifyGenerationOptions {
  readonly generation: RunningGeneration;
  /** Its collections, by store. */
  readonly collections: ReadonlyMap<string, string>;
  readonly timeoutSeconds: number;
}

/**
 * Compares a generation with its rows in each of its stores, and has what differs captured again where somebody can.
 *
 * @throws {FatalError} when it still differs, or it can't be told. @throws what `isPassing`. @throws the signal's reason.
 */
export async function verifyGeneration(context: VerifyContext, options: VerifyGenerationOptions): Promise<void> {
  const { terminal } = context;
  const isRepairable = options.generation.settings.topic === undefined;
  for (const [store, collection] of options.collections) {
    for (let round = 1; ; round += 1) {
      const report = await compareOnce(context, options, { store, collection, repair: isRepairable });
      terminal.report(renderReport(report, terminal.colors.progress));
      // Of a row that is changing nothing can be said, now or later.
      if (isEqual(report)) break;
      if (isRepairable && round < ROUNDS) continue;
      const left = differenceCount(report) - (report.healed ?? 0);
      throw new FatalError(
        `${formatCount(left)} rows of ${report.table} still differ in ${store}, so the index isn't switched: ` +
          `look at freshet dlq list, or switch without this comparison by --no-verify.`,
      );
    }
  }
}

/** Whether it may be compared a moment later: a store or the broker is away. */
export function isPassing(error: unknown): error is Error {
  return error instanceof StoreUnavailableError || error instanceof RetriableError;
}

async function compareOnce(
  context: VerifyContext,
  { generation, timeoutSeconds }: VerifyGenerationOptions,
  { store, collection, repair }: { readonly store: string; readonly collection: string; readonly repair: boolean },
): Promise<IndexReport> {
  const { index, settings, model } = generation;
  const target = {
    ...{ collection, model, transformerGroup: transformerGroupOf(generation) },
    ...{ embeddingsTopic: documentsTopicOf(generation), sinkGroup: sinkGroupOf(store, generation) },
  };
  try {
    const comparison = { name: index, settings, storeName: store, target };
    return await compareIndex(context, comparison, { deep: null, repair, timeoutSeconds });
  } catch (error) {
    if (context.signal.aborted || isPassing(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new FatalError(
      `Generation ${generation.number} has every row, but it can't be compared in ${store}, so the index isn't switched yet: ${reason} ` +
        `Then freshet reindex ${index} goes on from here; --no-verify switches without this comparison.`,
      { cause: error },
    );
  }
}
