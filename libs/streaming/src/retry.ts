import { backOffMs, delay } from "./back-off.js";
import { FencedError, RetriableError } from "./errors.js";

export interface RetryOptions {
  /** Ends the retrying; what it was aborted with is thrown. */
  readonly signal: AbortSignal;
  /** Called before each wait. */
  readonly onFailure: (error: RetriableError, attempt: number, delayMs: number) => void;
  /** What a fenced member waits for instead of the back-off. */
  readonly unfenced?: () => Promise<void>;
}

/** Works until it succeeds: a RetriableError is waited out, for ever; any other error ends it. */
export async function retrying<T>(work: (attempt: number) => T | Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, onFailure, unfenced } = options;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      if (!(error instanceof RetriableError)) throw error;
      const fenced = error instanceof FencedError && unfenced !== undefined;
      const delayMs = fenced ? 0 : backOffMs(attempt);
      signal.throwIfAborted();
      onFailure(error, attempt, delayMs);
      await (fenced ? unfenced() : delay(delayMs, signal));
    }
  }
}
