import { setTimeout as sleep } from "node:timers/promises";

const BASE_MS = 200;
const CAP_MS = 10_000;

/**
 * Full jitter: anything from 0 to the exponential bound, so that many clients which failed together don't come back
 * together (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param failures in a row, from 1.
 * @returns ms.
 */
export function backOffMs(failures: number, random: () => number = Math.random): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures - 1, 30));
}

/** Waits before the next attempt. @throws the signal's reason. */
export async function backOff(failures: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(backOffMs(failures), undefined, signal && { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
}
