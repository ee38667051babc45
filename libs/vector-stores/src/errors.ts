/** The store can't be reached or is overloaded: the same call may work later. */
export class StoreUnavailableError extends Error {
  override readonly name = "StoreUnavailableError";
}

/** A collection exists that was made for another model; the message names the cure. */
export class CollectionMismatchError extends Error {
  override readonly name = "CollectionMismatchError";
}

/** The store refuses what it was given: the same call never works, without the culprits it may. */
export class InputRefusedError extends Error {
  override readonly name = "InputRefusedError";
  /** Of the points that are refused; empty when the store doesn't say, or it wasn't a point. */
  readonly ids: readonly string[];

  constructor(message: string, { ids = [], ...options }: ErrorOptions & { readonly ids?: readonly string[] } = {}) {
    super(message, options);
    this.ids = ids;
  }
}
