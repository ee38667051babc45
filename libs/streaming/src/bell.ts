/** Wakes those who wait for a change of state. A ring that nobody waits for is forgotten: look at the state first. */
export class Bell {
  readonly #waiting = new Set<() => void>();

  ring(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Resolves at the next ring, after the time, or when the signal is aborted; never rejects. */
  wait({ timeoutMs, signal }: { timeoutMs?: number | undefined; signal?: AbortSignal } = {}): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(wake, timeoutMs);
      signal?.addEventListener("abort", wake);
      this.#waiting.add(wake);
    });
  }
}
