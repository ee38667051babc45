import { FatalError, RetriableError } from "@freshet/streaming/errors";
import { CollectionMismatchError, StoreUnavailableError } from "@freshet/vector-stores/errors";

/** A store's error in the terms of the stream: tried again, or the end. */
export function toStreamError(error: unknown, { index, store }: { index: string; store: string }): Error {
  if (error instanceof StoreUnavailableError) return new RetriableError(error.message, { cause: error });
  if (error instanceof CollectionMismatchError) {
    return new FatalError(`Index ${index} in store ${store}: ${error.message}`, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}
