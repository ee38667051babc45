import type { OperatorRun } from "../batches/batch-run.js";
import { BatchItemsError, FatalError } from "../errors.js";
import type { Message } from "../message.js";
import type { Item } from "./pipeline-run.js";
import type { BatchContext } from "../sink.js";

interface Work<K, V, R> {
  /** For logs and metrics. */
  readonly stage: string;
  readonly maxItems: number;
  readonly work: (messages: readonly Message<K, V>[], context: BatchContext) => Promise<readonly R[]>;
}

/**
 * Works on the items in chunks, in order. Named items of a failed chunk are poison and the others are tried without
 * them; passing trouble is waited out; anything else goes up, since nobody knows what became of the chunk.
 */
export async function eachBatch<K, V, R>(
  items: readonly Item<K, V>[],
  run: OperatorRun,
  { stage, maxItems, work }: Work<K, V, R>,
): Promise<{ item: Item<K, V>; result: R }[]> {
  const done: { item: Item<K, V>; result: R }[] = [];
  let attempts = 0;
  for (let start = 0; start < items.length; start += maxItems) {
    let open = items.slice(start, start + maxItems);
    while (open.length > 0) {
      try {
        const messages = open.map(({ message }) => message);
        const results = await run.retry(stage, (attempt) => {
          attempts = attempt;
          return work(messages, run.context);
        });
        done.push(...paired(open, results, stage));
        break;
      } catch (error) {
        if (error instanceof FatalError) throw error;
        run.context.signal.throwIfAborted();
        if (!(error instanceof BatchItemsError)) throw error;
        open = withoutFailed(open, error, (item, reason) => run.poison(item.source, reason, attempts));
      }
    }
  }
  return done;
}

function paired<T, R>(items: readonly T[], results: readonly R[], stage: string): { item: T; result: R }[] {
  if (items.length !== results.length) {
    throw new FatalError(`${stage} returned ${results.length} results for ${items.length} messages.`);
  }
  return results.flatMap((result, index) => {
    const item = items[index];
    return item === undefined ? [] : [{ item, result }];
  });
}

function withoutFailed<T>(items: T[], error: BatchItemsError, onFailed: (item: T, reason: Error) => void): T[] {
  const left = items.filter((item, index) => {
    const reason = error.failures.get(index);
    if (reason !== undefined) onFailed(item, reason);
    return reason === undefined;
  });
  // Else the same items would fail for ever.
  if (left.length === items.length) throw new FatalError(`A BatchItemsError names no item of its batch.`);
  return left;
}
