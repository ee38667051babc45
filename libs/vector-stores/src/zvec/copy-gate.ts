/** Lets changes run beside each other, and a copy of the files when none does; later changes wait for the copy. */
export class CopyGate {
  readonly #changes = new Set<Promise<unknown>>();
  #copying: Promise<void> | undefined;

  /** What isn't awaited is done when this returns, unless it waits for a copy. Changes keep their order. */
  change(work: () => unknown): unknown {
    if (this.#copying) return this.#copying.then(() => this.change(work));
    const result = work();
    if (result instanceof Promise) this.#track(result);
    return result;
  }

  async copy(work: () => unknown): Promise<unknown> {
    while (this.#copying) await this.#copying;
    const copied = Promise.all(this.#changes).then(work);
    const open = () => {
      this.#copying = undefined;
    };
    this.#copying = copied.then(open, open);
    return copied;
  }

  #track(change: Promise<unknown>): void {
    const end = () => {
      this.#changes.delete(ended);
    };
    const ended: Promise<unknown> = change.then(end, end);
    this.#changes.add(ended);
  }
}
