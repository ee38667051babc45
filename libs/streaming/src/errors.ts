/** Passing trouble (a dependency is away): the work is tried again, for ever, with back-off. */
export class RetriableError extends Error {
  override readonly name: string = "RetriableError";
}

/** Nothing can go on until a person acts (configuration, authorisation): `run` rejects with it. */
export class FatalError extends Error {
  override readonly name: string = "FatalError";
}

/** This process may have lost its partitions: no request starts until the broker has answered again. */
export class FencedError extends RetriableError {
  override readonly name: string = "FencedError";
}

/** Part of a batch failed. The named items go to the dead letters, the others are tried again without them. */
export class BatchItemsError extends Error {
  override readonly name: string = "BatchItemsError";
  /** Why, by the item's place in the batch. */
  readonly failures: ReadonlyMap<number, Error>;

  constructor(failures: ReadonlyMap<number, Error>) {
    super(`${failures.size} items of a batch failed: ${[...failures.values()][0]?.message ?? ""}`);
    this.failures = failures;
  }
}
