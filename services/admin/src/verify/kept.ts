interface Closable {
  close(): Promise<void>;
}

/** What was opened one after the other, to be closed together. */
export class Kept {
  readonly #kept: Closable[] = [];

  keep<T extends Closable>(one: T): T {
    this.#kept.unshift(one);
    return one;
  }

  /** The last first. */
  async close(): Promise<void> {
    for (const one of this.#kept.splice(0)) await one.close();
  }
}
