import { BEGINNING } from "@freshet/schemas/position";
import { decodeChangeEvent, type ChangeEvent } from "@freshet/schemas/change-event";
import type { OutgoingRecord } from "@freshet/streaming/message";
import { setTimeout } from "node:timers/promises";
import type { RecordOutlet } from "../events/record-outlet.js";

const ROOM_POLL_MS = 5;

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
  /** Says so, and takes what it is given all the same. */
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

  async ready(): Promise<void> {
    await setTimeout(ROOM_POLL_MS);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}
