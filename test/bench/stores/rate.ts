import { setTimeout as delay } from "node:timers/promises";

/** Connections that a server closed while this thread was busy are noticed in it, and aren't used. */
const PAUSE_MS = 50;

/** How many a second, when the work is to do that many. */
export async function rate(count: number, work: () => Promise<unknown>): Promise<number> {
  await delay(PAUSE_MS);
  const started = performance.now();
  await work();
  return count / ((performance.now() - started) / 1000);
}
