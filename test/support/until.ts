import { setTimeout as wait } from "node:timers/promises";

export interface UntilOptions {
  /** What is waited for: the error says that it didn't come true. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks again until the probe gives something other than null or false, and returns that. A throwing probe counts as
 * "not yet"; its last error is the cause of the time-out's.
 */
export async function until<T>(
  probe: () => Promise<T | null | false> | T | null | false,
  { what, timeoutMs, everyMs = 50, signal }: UntilOptions,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    signal?.throwIfAborted();
    try {
      const result = await probe();
      if (result !== null && result !== false) return result;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await wait(everyMs, undefined, signal ? { signal } : {});
  } while (performance.now() < deadline);
  throw new Error(`waited ${timeoutMs / 1000} s in vain until ${what}`, { cause });
}
