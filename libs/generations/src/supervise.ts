import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 500;

export interface SuperviseOptions<T> {
  /** What is to run now, each under a name that tells all by which it could be another. Looked at twice a second. */
  readonly wanted: () => ReadonlyMap<string, T>;
  /** Runs until its signal; one that ends by itself isn't begun again. */
  readonly run: (part: T, signal: AbortSignal) => Promise<void>;
  /** Ends all, each cleanly. */
  readonly signal: AbortSignal;
}

/**
 * Runs what is wanted, and stops what no longer is; what is stopped has ended before anything new begins, as both may be of
 * one consumer group. What ends one ends them all: the others stop cleanly, then its error is thrown, as is `wanted`'s.
 */
export async function supervise<T>({ wanted, run, signal }: SuperviseOptions<T>): Promise<void> {
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  const errors: unknown[] = [];
  const parts = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>();
  const fail = (error: unknown) => {
    errors.push(error);
    failure.abort();
  };
  const start = (part: T) => {
    const own = new AbortController();
    return { stop: own, ended: run(part, AbortSignal.any([stop, own.signal])).catch(fail) };
  };
  const reconcile = async () => {
    const now = wanted();
    const leaving = [...parts].filter(([name]) => !now.has(name));
    for (const [name, part] of leaving) {
      part.stop.abort();
      parts.delete(name);
    }
    await Promise.all(leaving.map(([, { ended }]) => ended));
    // Stopping takes a while, and what was wanted may have changed meanwhile.
    if (leaving.length > 0) return;
    for (const [name, part] of now) if (!parts.has(name)) parts.set(name, start(part));
    await delay(POLL_MS, undefined, { signal: stop }).catch(() => undefined);
  };
  while (!stop.aborted) await reconcile().catch(fail);
  await Promise.all([...parts.values()].map(({ ended }) => ended));
  if (errors.length > 0) throw errors[0];
}
