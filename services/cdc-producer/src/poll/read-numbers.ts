/** Reads whose numbers are set aside by one write of the state. */
const BLOCK = 10_000n;

/**
 * Numbers a table's reads, each above every one before, also those of a process that was killed: a number is used only
 * once the state says that it may have been. One source has one reader, so a later read never has an older row.
 */
export class ReadNumbers {
  readonly #reserve: (upTo: bigint) => Promise<void>;
  #last: bigint;
  #reserved: bigint;

  /**
   * @param reserved the highest that may have been used.
   * @param reserve resolves once it is stored that all up to this one may be used.
   */
  constructor(reserved: bigint, reserve: (upTo: bigint) => Promise<void>) {
    this.#last = reserved;
    this.#reserved = reserved;
    this.#reserve = reserve;
  }

  async next(): Promise<bigint> {
    if (this.#last === this.#reserved) {
      const upTo = this.#reserved + BLOCK;
      await this.#reserve(upTo);
      this.#reserved = upTo;
    }
    this.#last += 1n;
    return this.#last;
  }
}
