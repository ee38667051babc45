import type { Message } from "../message.js";
import type { Sink } from "../sink.js";

/** A sink for tests that keeps what it is given, and fails when it is told to. */
export class RecordingSink<K, V> implements Sink<K, V> {
  /** What was written, batch by batch; failed attempts are not. */
  readonly batches: (readonly Message<K, V>[])[] = [];
  readonly #failures: Error[] = [];

  get messages(): Message<K, V>[] {
    return this.batches.flat();
  }

  /** Each of the next attempts to write fails with one of these. */
  failNext(...errors: readonly Error[]): void {
    this.#failures.push(...errors);
  }

  write(batch: readonly Message<K, V>[]): Promise<void> {
    const failure = this.#failures.shift();
    if (failure !== undefined) return Promise.reject(failure);
    this.batches.push(batch);
    return Promise.resolve();
  }
}
