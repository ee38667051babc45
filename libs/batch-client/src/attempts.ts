import { status } from "@grpc/grpc-js";
import { backOff } from "./back-off.js";

export interface AttemptOptions {
  /** In a row, without anything done between them. */
  readonly maxFailures: number;
  readonly signal: AbortSignal | undefined;
}

/** Counts failures in a row, and waits between them. */
export class Attempts {
  readonly #options: AttemptOptions;
  #failures = 0;

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Waits for the next attempt. @throws the error itself, when another attempt wouldn't help or enough were made. */
  async failed(error: unknown): Promise<void> {
    const { maxFailures, signal } = this.#options;
    signal?.throwIfAborted();
    this.#failures += 1;
    if (!isUnavailable(error) || this.#failures > maxFailures) throw error;
    await backOff(this.#failures, signal);
  }

  async retrying<T>(work: (isRepeated: boolean) => Promise<T>): Promise<T> {
    for (let isRepeated = false; ; isRepeated = true) {
      try {
        const result = await work(isRepeated);
        this.succeeded();
        return result;
      } catch (error) {
        await this.failed(error);
      }
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === status.UNAVAILABLE;
}
