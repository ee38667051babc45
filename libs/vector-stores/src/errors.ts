/** The store can't be reached or is overloaded: the same call may work later. */
export class StoreUnavailableError extends Error {
  override readonly name = "StoreUnavailableError";
}

/** A collection exists that was made for another model; the message names the cure. */
export class CollectionMismatchError extends Error {
  override readonly name = "CollectionMismatchError";
}

/** The store refuses what it was given: the same call never works, without the culprit it may. */
export class InputRefusedError extends Error {
  override readonly name = "InputRefusedError";
}
