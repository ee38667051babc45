import type { OperatorRun } from "../batches/batch-run.js";
import { FatalError } from "../errors.js";
import type { ConsumedRecord } from "../record.js";

export interface Work<T, R> {
  /** For logs and metrics. */
  readonly stage: string;
  readonly sourceOf: (item: T) => ConsumedRecord;
  readonly work: (item: T) => R | Promise<R>;
}

/**
 * Works on one item after the other, in order, and leaves out those that are poison: passing trouble is waited out,
 * a FatalError goes up, anything else that is thrown is the item's own fault.
 */
export async function eachItem<T, R>(
  items: readonly T[],
  run: OperatorRun,
  { stage, sourceOf, work }: Work<T, R>,
): Promise<{ item: T; result: R }[]> {
  const done: { item: T; result: R }[] = [];
  for (const item of items) {
    let attempts = 1;
    try {
      const result = work(item);
      // Most operators don't wait for anything, and an await for each message costs.
      done.push({ item, result: result instanceof Promise ? await result : result });
    } catch (first) {
      try {
        const result = await run.retry(stage, (attempt) => {
          attempts = attempt;
          if (attempt === 1) throw first;
          return work(item);
        });
        done.push({ item, result });
      } catch (error) {
        if (error instanceof FatalError) throw error;
        run.context.signal.throwIfAborted();
        run.poison(sourceOf(item), error instanceof Error ? error : new Error(String(error)), attempts);
      }
    }
  }
  return done;
}
