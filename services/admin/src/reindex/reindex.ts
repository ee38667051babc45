import { FatalError } from "@freshet/streaming/errors";
import { EXIT, type ExitCode } from "../command-context.js";
import type { VerifyContext } from "../verify/comparison.js";
import { beginReindex, type BeginOptions } from "./begin-reindex.js";
import { Drive } from "./drive.js";
import { dropOld } from "./drop-old.js";
import { dryRun } from "./estimate/dry-run.js";
import { IndexWatch } from "./index-watch.js";
import { undo } from "./undo.js";

export type ReindexAction = "reindex" | "dry-run" | "rollback" | "drop-old";

export interface ReindexOptions extends BeginOptions {
  /** Every index when it is undefined. */
  readonly index: string | undefined;
  readonly action: ReindexAction;
  readonly verify: boolean;
  /** How long nothing may move. */
  readonly timeoutSeconds: number;
}

/**
 * Brings each index to what freshet.yaml says of it, or back. What is interrupted is gone on with when it is said again.
 *
 * @throws {FatalError | RetriableError} in a sentence.
 */
export async function reindex(context: VerifyContext, options: ReindexOptions): Promise<ExitCode> {
  for (const index of wantedIndexes(context, options)) {
    const watch = await IndexWatch.open(context, index);
    try {
      await reindexOne(context, watch, options);
    } catch (error) {
      if (!context.signal.aborted) throw error;
      if (context.terminal.interactive) context.terminal.report("");
      context.terminal.result(broken(index, watch));
      return EXIT.interrupted;
    } finally {
      await watch.close();
    }
  }
  return EXIT.done;
}

async function reindexOne(context: VerifyContext, watch: IndexWatch, options: ReindexOptions): Promise<void> {
  const drive = new Drive(context, { ...options, watch });
  switch (options.action) {
    case "reindex":
      return beginReindex(context, { watch, drive }, options);
    case "dry-run":
      return dryRun(context, watch, options);
    case "rollback":
      return undo(context, { watch, drive });
    case "drop-old":
      return dropOld(context, { watch, drive }, options);
    default:
      return options.action satisfies never;
  }
}

/** @throws {FatalError} when there is no such index, or several where one is meant. */
function wantedIndexes({ configuration }: VerifyContext, options: ReindexOptions): readonly string[] {
  const { index, action, model, template } = options;
  const names = Object.keys(configuration.indexes);
  if (index === undefined) {
    const isOfOne = action === "rollback" || model !== undefined || template !== undefined;
    if (names.length <= 1 || !isOfOne) return names;
    throw new FatalError(`Say which index is meant: ${names.join(", ")}.`);
  }
  if (names.includes(index)) return [index];
  throw new FatalError(`There is no index ${index}; the configuration has ${names.join(", ")}.`);
}

function broken(index: string, watch: IndexWatch): string {
  const state = watch.state();
  const isUnderWay = state?.reindex != null || state?.generations.some(({ dropping }) => dropping) === true;
  if (!isUnderWay) return `Interrupted: nothing of ${index} is under way.`;
  const back = state.reindex === null ? "" : `; freshet reindex ${index} --rollback takes it back`;
  return `Interrupted: the services go on by themselves, and freshet reindex ${index} goes on from here${back}.`;
}
