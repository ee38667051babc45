import { setTimeout as delay } from "node:timers/promises";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import type { Logger } from "@freshet/streaming/logger";
import type { IndexCollection, ServeResult } from "./index-collection.js";

/** How often the record is looked at. */
const LOOK_EVERY_MS = 250;
/** How often the store is asked when it had what was wanted: others may have moved the alias. */
const ASK_EVERY_MS = 10_000;
const ASK_AGAIN_MS = 1_000;

export interface KeepAliasOptions {
  readonly index: string;
  /** The store's name in freshet.yaml. */
  readonly storeName: string;
  readonly generation: number;
  readonly collection: Pick<IndexCollection, "serve">;
  /** Whether the generation is to answer searches. */
  readonly serves: () => boolean;
  readonly logger: Logger;
}

/**
 * Keeps the index's alias on the generation's collection as long as that one serves. Sinks whose views of the record differ
 * for a moment may move it to and fro; the last that hears of a change moves it for good.
 *
 * Until the signal is aborted; never rejects.
 */
export async function keepAlias(options: KeepAliasOptions, signal: AbortSignal): Promise<void> {
  const { index, storeName: store, generation, collection, serves, logger } = options;
  let askAt = 0;
  let last: ServeResult | undefined;
  while (!signal.aborted) {
    if (!serves()) askAt = 0;
    else if (Date.now() >= askAt) {
      try {
        const result = await collection.serve();
        if (result === "moved")
          logger.info({ index, store, generation }, "Searches are answered by this generation now.");
        if (result === "unrecorded" && last !== result)
          logger.warn({ index, store, generation }, lostRecord(index, store));
        last = result;
        askAt = Date.now() + (result === "kept" || result === "moved" ? ASK_EVERY_MS : ASK_AGAIN_MS);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        logger.warn({ index, store, generation, reason }, "The index's alias can't be kept just now.");
        askAt = Date.now() + ASK_AGAIN_MS;
      }
    }
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

function lostRecord(index: string, store: string): string {
  return (
    `Searches of index ${index} in store ${store} are answered by a newer generation, of which topic ${STATE_TOPIC} ` +
    `knows nothing: its record was lost. They go on by it, without any changes, until freshet reindex ${index} --force has made another.`
  );
}
