import type { CollectionSize } from "../embedded-store.js";
import { askOwner, type StoreOwner } from "./owner.js";
import { optimisationAnswer } from "./protocol.js";

/** The owner answers sooner, also when it isn't done. */
const TIMEOUT_MS = 120_000;

/**
 * Has a store's owner build the search index of what isn't in it yet, and waits for that. The owner goes on with it after
 * an abort.
 *
 * @returns what its collections have then. @throws what `askOwner` throws. @throws the signal's reason.
 */
export async function requestOptimisation(owner: StoreOwner, signal: AbortSignal): Promise<CollectionSize[]> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await askOwner(owner, { operation: "optimise", body: {}, timeoutMs: TIMEOUT_MS });
    const { finished, collections } = optimisationAnswer.parse(answer);
    if (finished) return collections;
  }
}
