import type { DeliveryChannel } from "@freshet/streaming/delivery-channel";
import type { OutgoingRecord } from "@freshet/streaming/message";
import type { RecordOutlet } from "../events/record-outlet.js";

/** Says whether this instance may still produce. */
export interface Fence {
  /** @throws when another instance may have taken over. */
  check(): void;
}

/** The channel, for as long as the lease is held and the session lasts. */
export class FencedOutlet implements RecordOutlet {
  readonly #channel: DeliveryChannel;
  readonly #fence: Fence;
  #closed = false;

  constructor(channel: DeliveryChannel, fence: Fence) {
    this.#channel = channel;
    this.#fence = fence;
  }

  offer(record: OutgoingRecord, onDelivered?: () => void): void {
    if (this.#closed) throw new Error("the session that this record belongs to has ended");
    this.#fence.check();
    this.#channel.offer(record, onDelivered);
  }

  get isFull(): boolean {
    return this.#channel.isFull;
  }

  ready(): Promise<void> {
    return this.#channel.ready();
  }

  flush(): Promise<void> {
    return this.#channel.flush();
  }

  /** Work that still hangs on an answer can't go on afterwards. */
  close(): void {
    this.#closed = true;
  }
}
