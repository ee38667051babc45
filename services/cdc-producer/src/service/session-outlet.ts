import type { DeliveryChannel } from "@freshet/streaming/delivery-channel";
import type { OutgoingRecord } from "@freshet/streaming/message";
import type { RecordOutlet } from "../events/record-outlet.js";

/** The channel, for as long as the session lasts. */
export class SessionOutlet implements RecordOutlet {
  readonly #channel: DeliveryChannel;
  #closed = false;

  constructor(channel: DeliveryChannel) {
    this.#channel = channel;
  }

  offer(record: OutgoingRecord, onDelivered?: () => void): void {
    if (this.#closed) throw new Error("the session that this record belongs to has ended");
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
