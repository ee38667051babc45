import { setImmediate as nextTick } from "node:timers/promises";
import { Bell } from "../bell.js";
import type { Retry } from "../batches/batch-run.js";
import type { DeliveryChannel } from "../delivery-channel.js";
import type { Delivery, Letter } from "./delivery.js";
import { FatalError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { OutgoingRecord } from "../message.js";
import type { RequestGate } from "../request-gate.js";
import { MAX_SEND_BYTES, recordBytes } from "../send-cutting.js";
import { traced } from "../tracing/tracing-send.js";
import type { Troubles } from "../troubles.js";

export interface QueuedDeliveryOptions {
  readonly delivery: Delivery;
  readonly troubles: Troubles;
  readonly logger: Logger;
  /** Of records offered and not yet acknowledged, about. */
  readonly maxBufferedBytes: number;
  /** Asked before each send. */
  readonly gate?: RequestGate;
  readonly disconnect: () => Promise<void>;
}

interface Offer {
  readonly record: OutgoingRecord;
  readonly bytes: number;
  readonly onDelivered: (() => void) | undefined;
}

/** A queue in front of a delivery: one round, of a send's size, on its way, and the next one gathering meanwhile. */
export class QueuedDelivery implements DeliveryChannel {
  readonly failed: Promise<never>;
  readonly #options: QueuedDeliveryOptions;
  readonly #changed = new Bell();
  readonly #closed = new AbortController();
  #reject: (error: Error) => void = () => undefined;
  #failure: Error | null = null;
  #queue: Offer[] = [];
  #bytes = 0;
  #offered = 0;
  #delivered = 0;
  #working = false;

  constructor(options: QueuedDeliveryOptions) {
    this.#options = options;
    this.failed = new Promise((_, reject) => (this.#reject = reject));
    // Whoever doesn't listen hears of it from `ready` and `flush`.
    this.failed.catch(() => undefined);
  }

  get isFull(): boolean {
    return this.#bytes > this.#options.maxBufferedBytes;
  }

  get lastError(): Error | null {
    return this.#failure ?? this.#options.troubles.current ?? null;
  }

  offer(given: OutgoingRecord, onDelivered?: () => void): void {
    const record = traced(given);
    const bytes = recordBytes(record);
    this.#queue.push({ record, bytes, onDelivered });
    this.#bytes += bytes;
    this.#offered += 1;
    if (this.#working || this.#failure !== null) return;
    this.#working = true;
    void this.#work();
  }

  async ready(): Promise<void> {
    await this.#until(() => !this.isFull);
  }

  async flush(): Promise<void> {
    const target = this.#offered;
    await this.#until(() => this.#delivered >= target);
  }

  async close(timeoutMs: number): Promise<void> {
    const timeout = AbortSignal.timeout(timeoutMs);
    while (this.#delivered < this.#offered && this.#failure === null && !timeout.aborted) {
      await this.#changed.wait({ signal: timeout });
    }
    const undelivered = this.#offered - this.#delivered;
    if (undelivered > 0) {
      const message = `${undelivered} records weren't delivered before the end; their source has to offer them again.`;
      this.#options.logger.warn({ undelivered, timeoutMs }, message);
    }
    this.#closed.abort(new FatalError("The delivery channel is closed."));
    await this.#options.disconnect();
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#failure !== null) throw this.#failure;
      this.#closed.signal.throwIfAborted();
      await this.#changed.wait({ signal: this.#closed.signal });
    }
  }

  async #work(): Promise<void> {
    try {
      // What is offered in the same tick travels together.
      await nextTick();
      while (this.#queue.length > 0) {
        const round = this.#queue.splice(0, this.#roundLength());
        await this.#deliver(round);
        for (const { bytes, onDelivered } of round) {
          this.#bytes -= bytes;
          this.#delivered += 1;
          onDelivered?.();
        }
        this.#changed.ring();
      }
      this.#working = false;
    } catch (error) {
      this.#failure = error instanceof Error ? error : new FatalError(String(error));
      if (!this.#closed.signal.aborted) this.#reject(this.#failure);
      this.#changed.ring();
    }
  }

  async #deliver(round: readonly Offer[]): Promise<void> {
    const run = { retry: this.#retry, ...(this.#options.gate ? { gate: this.#options.gate } : {}) };
    const tooLarge: Letter[] = [];
    await this.#options.delivery.deliver(
      round.map(({ record }) => record),
      run,
      ({ topic, key, value, headers = {}, essential = false }, error) => {
        if (essential) throw new FatalError(`${error.message} Raise it: what was to be written can't be left out.`);
        tooLarge.push({ origin: { topic }, key, value, headers, error, attempts: 1 });
      },
    );
    await this.#options.delivery.bury(tooLarge, run);
    for (const { origin, key, error } of tooLarge) {
      const details = { topic: origin.topic, key: key?.toString() ?? null };
      this.#options.logger.warn(details, `${error.message} The message is among the dead letters.`);
    }
  }

  #roundLength(): number {
    let bytes = 0;
    const end = this.#queue.findIndex((offer) => (bytes += offer.bytes) > MAX_SEND_BYTES);
    return end < 0 ? this.#queue.length : Math.max(1, end);
  }

  readonly #retry: Retry = (stage, work) =>
    this.#options.troubles.retrying(stage, work, { signal: this.#closed.signal });
}
