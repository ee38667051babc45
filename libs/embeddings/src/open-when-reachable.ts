import { setTimeout as delay } from "node:timers/promises";
import { type EmbeddingModel, ModelUnavailableError } from "./embedding-model.js";
import { fullJitterMs } from "./full-jitter.js";
import { openModel, type ModelPlace, type ModelSettings } from "./open-model.js";

export interface Waiting {
  readonly signal: AbortSignal;
  /** Called with what is wrong, before each wait. */
  readonly onWaiting: (reason: string) => void;
}

const WAITS = { firstMs: 500, longestMs: 10_000 };

/**
 * Opens a model; one whose server can't be reached yet is waited for, however long that takes.
 *
 * @throws one sentence, when it can't be loaded. @throws the signal's reason.
 */
export async function openWhenReachable(
  settings: ModelSettings,
  place: ModelPlace,
  { signal, onWaiting }: Waiting,
): Promise<EmbeddingModel> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await openModel(settings, { ...place, signal });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ModelUnavailableError)) throw error;
      onWaiting(error.message);
      await delay(fullJitterMs(attempt, WAITS), undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}
