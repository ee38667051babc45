import { setTimeout as sleep } from "node:timers/promises";

export interface BackOffOptions {
  /** Upper bound of the first delay, in ms. */
  readonly baseMs: number;
  /** Upper bound of every delay, in ms. */
  readonly capMs: number;
  readonly random?: () => number;
}

export const BACK_OFF: BackOffOptions = { baseMs: 200, capMs: 10_000 };

/**
 * Full jitter: anything from 0 to the exponential bound, so that many processes which failed together don't come back
 * together (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param attempt how often it has failed already, from 1.
 */
export function backOffMs(attempt: number, { baseMs, capMs, random = Math.random }: BackOffOptions = BACK_OFF): number {
  return random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 30));
}

/** @throws the signal's reason when it is aborted before the time is over. */
export async function delay(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
