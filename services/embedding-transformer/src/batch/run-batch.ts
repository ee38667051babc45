import { setTimeout as delay } from "node:timers/promises";
import type { BatchIndex } from "./batch-index.js";
import { BatchServer, type BatchServerOptions } from "./batch-server.js";

export interface BatchRunOptions extends BatchServerOptions {
  /** Those that run, as they are now; looked at twice a second. */
  readonly serving: () => readonly BatchIndex[];
}

const POLL_MS = 500;

/**
 * Answers batch calls until the signal is aborted; then their streams end with a status that says when to come back.
 *
 * @throws {FatalError} when it can't listen.
 */
export async function runBatch({ serving, ...options }: BatchRunOptions, signal: AbortSignal): Promise<void> {
  const server = await BatchServer.start(options);
  while (!signal.aborted) {
    for (const index of serving()) server.serve(index);
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  await server.close();
}
