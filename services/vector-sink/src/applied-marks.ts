import { setTimeout as delay } from "node:timers/promises";
import { encodeState, stateKey, type AppliedState } from "@freshet/schemas/service-state";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import type { DeliveryChannel } from "@freshet/streaming/delivery-channel";
import type { Logger } from "@freshet/streaming/logger";

const PUBLISH_EVERY_MS = 2_000;
const CLOSE_TIMEOUT_MS = 2_000;

export interface AppliedMarksOptions {
  /** Also makes the state topic if need be. */
  readonly open: () => Promise<DeliveryChannel>;
  readonly logger: Logger;
}

/**
 * Publishes how far each partition is applied, for `freshet status`: the latest mark of each, every two seconds and at
 * the end. They only inform, so whatever goes wrong here is logged and tried again, and holds nobody up.
 */
export class AppliedMarks {
  readonly #options: AppliedMarksOptions;
  readonly #pending = new Map<string, AppliedState>();
  #channel: DeliveryChannel | undefined;

  constructor(options: AppliedMarksOptions) {
    this.#options = options;
  }

  note(state: AppliedState): void {
    this.#pending.set(stateKey(state), state);
  }

  /** Until the signal is aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(PUBLISH_EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (this.#pending.size > 0) await this.#publish();
    }
    await this.#channel?.close(CLOSE_TIMEOUT_MS).catch((error: unknown) => this.#complain(error));
  }

  async #publish(): Promise<void> {
    try {
      const channel = (this.#channel ??= await this.#open());
      if (channel.isFull) return;
      for (const [key, state] of this.#pending) channel.offer({ topic: STATE_TOPIC, key, value: encodeState(state) });
      this.#pending.clear();
    } catch (error) {
      this.#complain(error);
    }
  }

  async #open(): Promise<DeliveryChannel> {
    const channel = await this.#options.open();
    channel.failed.catch((error: unknown) => {
      this.#channel = undefined;
      this.#complain(error);
      channel.close(0).catch((late: unknown) => this.#complain(late));
    });
    return channel;
  }

  #complain(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn({ reason }, "How far the stores are can't be published for `freshet status` just now.");
  }
}
