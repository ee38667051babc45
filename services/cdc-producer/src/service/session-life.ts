/** Holds together what a session opened: the first part that fails ends it, and all of it is closed. */
export class SessionLife {
  readonly #ending = new AbortController();
  readonly #closers: (() => void | Promise<void>)[] = [];
  #release: (() => Promise<void>) | null = null;
  readonly #failed: Promise<never>;
  #reject: (error: Error) => void = () => undefined;
  /** Aborted on the service's stop, and when the session ends for another reason. */
  readonly signal: AbortSignal;

  constructor(stop: AbortSignal) {
    this.signal = AbortSignal.any([stop, this.#ending.signal]);
    this.#failed = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.#failed.catch(() => undefined);
  }

  fail(error: Error): void {
    this.#reject(error);
  }

  watch(failure: Promise<never>): void {
    failure.catch((error: unknown) => this.fail(error as Error));
  }

  /** Closed at once when the session is over already: what was being opened then must not go on. */
  onClose(close: () => void | Promise<void>): void {
    if (this.#ending.signal.aborted) void Promise.resolve(close()).catch(() => undefined);
    else this.#closers.push(close);
  }

  /** What nobody else may have before all the rest is closed. */
  onRelease(release: () => Promise<void>): void {
    if (this.#ending.signal.aborted) void release().catch(() => undefined);
    else this.#release = release;
  }

  /** Rejects as soon as a part failed. Work that still hangs on an answer then is left behind: nothing is open for it. */
  async run(work: () => Promise<void>): Promise<void> {
    await Promise.race([work(), this.#failed]);
  }

  async close(): Promise<void> {
    this.#ending.abort();
    // Each may wait for a server that is gone. What can't be closed is gone already; the others still hold connections.
    await Promise.allSettled(
      this.#closers
        .splice(0)
        .reverse()
        .map(async (close) => close()),
    );
    await this.#release?.().catch(() => undefined);
  }
}
