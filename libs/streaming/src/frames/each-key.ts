import type { OperatorRun, Retry } from "../batches/batch-run.js";
import { type Work, eachItem } from "./each-item.js";

interface KeyWork<T, R> extends Work<T, R> {
  /** How many keys are worked on at a time. */
  readonly concurrency: number;
}

/**
 * Works on several keys at a time, on each one's items one after the other, as `eachItem` does. Results are in the
 * order of the items. A failure goes up when nothing is in work any more, and nothing is begun meanwhile.
 */
export async function eachKey<T, R>(
  items: readonly T[],
  run: OperatorRun,
  { concurrency, ...work }: KeyWork<T, R>,
): Promise<{ item: T; result: R }[]> {
  if (concurrency <= 1) return eachItem(items, run, work);
  const done = new Map<T, { item: T; result: R }>();
  const failures: unknown[] = [];
  const open = byKey(items, work).values();
  const { context } = run;
  // Else what is retried for ever would hide a failure that ends everything.
  const retry: Retry = (stage, attempt) =>
    run.retry(stage, (count) => {
      if (failures.length > 0) throw failures[0];
      return attempt(count);
    });
  const poison: OperatorRun["poison"] = (source, error, attempts) => run.poison(source, error, attempts);
  const worker = async () => {
    for (const ofKey of open) {
      for (const each of await eachItem(ofKey, { context, retry, poison }, work)) done.set(each.item, each);
      if (failures.length > 0) return;
    }
  };
  const workers = Array.from({ length: concurrency }, () =>
    worker().catch((error: unknown) => void failures.push(error)),
  );
  await Promise.all(workers);
  if (failures.length > 0) throw failures[0];
  return items.flatMap((item) => done.get(item) ?? []);
}

function byKey<T>(items: readonly T[], { sourceOf }: Pick<Work<T, unknown>, "sourceOf">): Map<string, T[]> {
  const keys = new Map<string, T[]>();
  for (const item of items) {
    const { partition, key } = sourceOf(item);
    // Latin-1 tells all bytes apart. Records without a key are in no order but their partition's.
    const name = `${partition}/${key?.toString("latin1") ?? ""}`;
    const ofKey = keys.get(name);
    if (ofKey === undefined) keys.set(name, [item]);
    else ofKey.push(item);
  }
  return keys;
}
