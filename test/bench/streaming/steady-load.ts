import { setTimeout as wait } from "node:timers/promises";
import type { Producer } from "kafkajs";
import { openKafka } from "../cdc/servers.js";
import { PARTITIONS } from "./broker.js";
import { rowKey, rowText } from "./rows.js";

const BYTES = 200;

/** Rows at a steady rate, in turn on all partitions. */
export class SteadyLoad {
  /** When each row's send began, by the row's key, in ms on this process' monotonic clock. */
  readonly sentAt = new Map<string, number>();
  readonly #topic: string;
  readonly #perSecond: number;
  readonly #producer: Producer;

  private constructor(topic: string, perSecond: number, producer: Producer) {
    this.#topic = topic;
    this.#perSecond = perSecond;
    this.#producer = producer;
  }

  static async open(brokers: string[], topic: string, perSecond: number): Promise<SteadyLoad> {
    const producer = openKafka(brokers).producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    return new SteadyLoad(topic, perSecond, producer);
  }

  /** Rows that are due while another send is on its way go with the next one. */
  async run(signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    const before = this.sentAt.size;
    while (!signal.aborted) {
      const sent = this.sentAt.size - before;
      await wait(Math.max(0, startedAt + (sent * 1000) / this.#perSecond - performance.now()));
      const due = Math.ceil(((performance.now() - startedAt) * this.#perSecond) / 1000);
      await this.#send(Math.max(1, due - sent));
    }
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
  }

  async #send(count: number): Promise<void> {
    const first = this.sentAt.size;
    const now = performance.now();
    const messages = Array.from({ length: count }, (_, place) => {
      const id = first + place;
      this.sentAt.set(rowKey(id), now);
      return { key: rowKey(id), value: rowText(id, BYTES), partition: id % PARTITIONS };
    });
    await this.#producer.send({ topic: this.#topic, acks: -1, messages });
  }
}
