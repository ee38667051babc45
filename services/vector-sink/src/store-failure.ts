import { BatchItemsError, FatalError, RetriableError } from "@freshet/streaming/errors";
import { CollectionMismatchError, StoreUnavailableError } from "@freshet/vector-stores/errors";

interface Failing {
  readonly index: string;
  /** The store's name in freshet.yaml. */
  readonly store: string;
  /** Whether the store has lost the collection. */
  readonly isGone: () => Promise<boolean>;
}

/** A store's error in the terms of the stream: tried again, or the end. */
export async function toStreamError(error: unknown, { index, store, isGone }: Failing): Promise<Error> {
  if (error instanceof StoreUnavailableError) return new RetriableError(error.message, { cause: error });
  if (error instanceof CollectionMismatchError) {
    return new FatalError(`Index ${index} in store ${store}: ${error.message}`, { cause: error });
  }
  if (error instanceof RetriableError || error instanceof FatalError || error instanceof BatchItemsError) return error;
  if (await isGone()) {
    return new FatalError(
      `The collection of index ${index} isn't in store ${store} any more: somebody has deleted it. Start the ` +
        `vector-sink again, and it fills a new one from the beginning of the index's topic.`,
      { cause: error },
    );
  }
  return error instanceof Error ? error : new Error(String(error));
}
