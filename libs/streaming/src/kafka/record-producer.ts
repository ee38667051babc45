import { Partitioners, type Producer } from "kafkajs";
import type { OutgoingRecord } from "../message.js";
import type { AddressedRecord, RecordProducer } from "../record-producer.js";
import type { RequestGate } from "../request-gate.js";
import type { TopicAdmin } from "../topic-admin.js";
import { type KafkaConnection, openKafka } from "./connection.js";
import { translated } from "./errors.js";
import { RecordAddresser } from "./record-addresser.js";
import { sendRecords } from "./send-records.js";

export interface ProducerOptions {
  readonly connection: KafkaConnection;
  readonly topics: Pick<TopicAdmin, "partitionCount">;
  /** Of one request, in ms. A gate is asked whether that still fits before the session may lapse. */
  readonly requestTimeoutMs: number;
}

/**
 * kafkajs' idempotent producer, made anew after any failure. kafkajs takes back the sequence numbers of all partitions
 * of a failed request, though some of them may have been written: the next, different send would carry the same
 * numbers and be taken for a repetition, acknowledged and thrown away. With a new producer id that can't be.
 */
export class IdempotentProducer implements RecordProducer {
  readonly #options: ProducerOptions;
  readonly #addresser: RecordAddresser;
  #producer: Producer | null = null;

  constructor(options: ProducerOptions) {
    this.#options = options;
    this.#addresser = new RecordAddresser(options.topics);
  }

  address(records: readonly OutgoingRecord[]): Promise<AddressedRecord[]> {
    return this.#addresser.address(records);
  }

  async send(records: readonly AddressedRecord[], gate?: RequestGate): Promise<void> {
    try {
      const producer = this.#producer ?? (await this.#connect());
      await sendRecords(producer, records, { ...this.#options, gate });
    } catch (error) {
      this.#discard();
      throw error;
    }
  }

  close(): Promise<void> {
    this.#discard();
    return Promise.resolve();
  }

  async #connect(): Promise<Producer> {
    const { connection } = this.#options;
    const producer = openProducer(this.#options);
    this.#producer = producer;
    try {
      await producer.connect();
    } catch (error) {
      throw translated(error, { connection });
    }
    return producer;
  }

  #discard(): void {
    const producer = this.#producer;
    this.#producer = null;
    this.#addresser.forget();
    producer?.disconnect().catch(() => undefined);
  }
}

/** @param transaction for a producer of transactions: its id, and how long one may take, in ms. */
export function openProducer(
  { connection, requestTimeoutMs }: ProducerOptions,
  transaction?: { readonly transactionalId: string; readonly transactionTimeout: number },
): Producer {
  // Attempts with the same sequence numbers, which the broker recognises, bridge a moving leader without duplicates.
  const retry = { retries: 6, initialRetryTime: 100, maxRetryTime: 1000 };
  return openKafka(connection, { requestTimeoutMs, retry }).producer({
    idempotent: true,
    // More would need kafkajs to keep the order when the first of two fails; it doesn't.
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    // Never asked, but without it kafkajs warns everybody about its change of default.
    createPartitioner: Partitioners.DefaultPartitioner,
    retry,
    ...transaction,
  });
}
