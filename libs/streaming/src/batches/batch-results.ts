import type { Delivery, DeliveryRun, Letter } from "../delivery/delivery.js";
import type { OutgoingRecord } from "../message.js";
import type { ConsumedRecord } from "../record.js";

/** What came of a batch, on its way to the broker. */
export class BatchResults {
  readonly #outputs = new Map<OutgoingRecord, ConsumedRecord>();
  readonly #letters = new Map<ConsumedRecord, Letter>();

  emit(record: OutgoingRecord, source: ConsumedRecord): void {
    this.#outputs.set(record, source);
  }

  poison(source: ConsumedRecord, error: Error, attempts: number): void {
    const { key, value, rawHeaders } = source;
    this.#letters.set(source, { origin: source, key, value, headers: [...rawHeaders], error, attempts });
  }

  /** Produced records first, then dead letters, among them those of what the broker takes for too large. */
  async deliver(delivery: Delivery, run: DeliveryRun): Promise<void> {
    await delivery.deliver([...this.#outputs.keys()], run, (record, error) => {
      const source = this.#outputs.get(record);
      if (source !== undefined) this.poison(source, error, 1);
    });
    await delivery.bury([...this.#letters.values()], run);
  }
}
