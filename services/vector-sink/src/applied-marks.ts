import { setTimeout as delay } from "node:timers/promises";
import { encodeState, stateKey, type AppliedState, type ServiceState } from "@freshet/schemas/service-state";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import type { DeliveryChannel } from "@freshet/streaming/delivery-channel";
import type { Logger } from "@freshet/streaming/logger";
import { within } from "@freshet/streaming/within";
import type { RowTotals } from "./row-totals.js";

const PUBLISH_EVERY_MS = 2_000;
const CLOSE_TIMEOUT_MS = 2_000;

export interface AppliedMarksOptions {
  /** The way to the state topic; also makes it if need be. */
  readonly open: () => Promise<DeliveryChannel>;
  readonly totals: RowTotals;
  readonly logger: Logger;
}

/**
 * Publishes how far each partition is applied, for `freshet status`: the latest mark of each and what became of its
 * rows, every two seconds and at the end. They only inform, so whatever goes wrong here is logged and tried again, and
 * holds nobody up.
 */
export class AppliedMarks {
  readonly #options: AppliedMarksOptions;
  readonly #pending = new Map<string, AppliedState>();
  #channel: DeliveryChannel | undefined;
  #opening: Promise<void> | undefined;
  #ended = false;

  constructor(options: AppliedMarksOptions) {
    this.#options = options;
  }

  note(state: AppliedState): void {
    this.#pending.set(stateKey(state), state);
  }

  /** Until the signal is aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#reopen();
    while (!signal.aborted) {
      await delay(PUBLISH_EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (this.#channel) this.#publish(this.#channel);
      else this.#reopen();
    }
    // Of a short life all is still to be published.
    if (this.#opening) await within(CLOSE_TIMEOUT_MS, this.#opening);
    if (this.#channel) this.#publish(this.#channel);
    this.#ended = true;
    await this.#close();
  }

  #reopen(): void {
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
  }

  #publish(channel: DeliveryChannel): void {
    if (channel.isFull) return;
    const offered: ServiceState[] = [...this.#pending.values(), ...this.#options.totals.take()];
    for (const state of offered) channel.offer({ topic: STATE_TOPIC, key: stateKey(state), value: encodeState(state) });
    this.#pending.clear();
  }

  async #open(): Promise<void> {
    try {
      const channel = await this.#options.open();
      this.#channel = channel;
      channel.failed.catch((error: unknown) => {
        this.#complain(error);
        void this.#close();
      });
      if (this.#ended) await this.#close();
    } catch (error) {
      this.#complain(error);
    }
  }

  async #close(): Promise<void> {
    const channel = this.#channel;
    this.#channel = undefined;
    await channel?.close(CLOSE_TIMEOUT_MS).catch((error: unknown) => this.#complain(error));
  }

  #complain(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn({ reason }, "How far the stores are can't be published for `freshet status` just now.");
  }
}
