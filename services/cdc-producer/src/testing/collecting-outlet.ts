import { BEGINNING } from "@freshet/schemas/position";
import { decodeChangeEvent, type ChangeEvent } from "@freshet/schemas/change-event";
import type { OutgoingRecord } from "@freshet/streaming/message";
import type { RecordOutlet } from "../events/record-outlet.js";

/** What a record says: its key, and its event, or null for a tombstone. */
export interface Collected {
  readonly topic: string;
  readonly partition: number | undefined;
  readonly key: string;
  readonly event: ChangeEvent | null;
}

/** Keeps every record, and takes each as delivered at once unless deliveries are held back. */
export class CollectingOutlet implements RecordOutlet {
  readonly collected: Collected[] = [];
  readonly #undelivered: (() => void)[] = [];
  holdBack = false;
  isFull = false;

  offer({ topic, partition, key, value }: OutgoingRecord, onDelivered?: () => void): void {
    const event = value === null ? null : decodeChangeEvent(String(value), BEGINNING);
    this.collected.push({ topic, partition, key: String(key), event });
    if (!onDelivered) return;
    if (this.holdBack) this.#undelivered.push(onDelivered);
    else onDelivered();
  }

  deliver(): void {
    for (const onDelivered of this.#undelivered.splice(0)) onDelivered();
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}
