import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Producer, Transaction } from "kafkajs";
import type { TopicOffsets } from "../checkpoints/checkpoint-offsets.js";
import { RetriableError } from "../errors.js";
import type { OutgoingRecord } from "../message.js";
import type { AddressedRecord } from "../record-producer.js";
import type { RequestGate } from "../request-gate.js";
import type { TransactionalProducer } from "../checkpoints/transaction.js";
import { within } from "../within.js";
import { protocolType, translated } from "./errors.js";
import { RecordAddresser } from "./record-addresser.js";
import { type ProducerOptions, openProducer } from "./record-producer.js";
import { sendRecords } from "./send-records.js";

export interface TransactionalProducerOptions extends ProducerOptions {
  readonly transactionalId: string;
}

/** Readers of committed records wait for an open transaction, also for one of a process that has died. */
const TRANSACTION_TIMEOUT_MS = 30_000;
const ABORT_TIMEOUT_MS = 2_000;
const ENDING_TIMEOUT_MS = 2_000;
const ENDING_POLL_MS = 10;

/** kafkajs' transactional producer, made anew after any failure: it can't know how much of a transaction has arrived. */
export class KafkaTransactionalProducer implements TransactionalProducer {
  readonly #options: TransactionalProducerOptions;
  readonly #addresser: RecordAddresser;
  #producer: Producer | null = null;
  #transaction: Transaction | null = null;

  constructor(options: TransactionalProducerOptions) {
    this.#options = options;
    this.#addresser = new RecordAddresser(options.topics);
  }

  async open(): Promise<void> {
    await this.close();
    const { transactionalId, requestTimeoutMs } = this.#options;
    const transactionTimeout = Math.max(TRANSACTION_TIMEOUT_MS, requestTimeoutMs);
    const producer = openProducer(this.#options, { transactionalId, transactionTimeout });
    this.#producer = producer;
    await this.#ask(producer, async () => {
      await producer.connect();
      if (this.#producer !== producer) {
        await producer.disconnect();
        throw closed();
      }
      // kafkajs takes the id with the first transaction; an empty one asks nothing else of the broker.
      await (await producer.transaction()).abort();
    });
  }

  async transact(group: string, work: () => Promise<readonly TopicOffsets[]>): Promise<void> {
    const producer = this.#producer;
    if (producer === null) throw new RetriableError("The transactional producer isn't open.");
    const transaction = await this.#ask(producer, () => producer.transaction());
    this.#transaction = transaction;
    try {
      const topics = await work();
      await this.#ask(producer, async () => {
        await whenEnded(() => transaction.sendOffsets({ consumerGroupId: group, topics: [...topics] }));
        await transaction.commit();
      });
      this.#transaction = null;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  address(records: readonly OutgoingRecord[]): Promise<AddressedRecord[]> {
    return this.#addresser.address(records);
  }

  /**
   * In the open transaction, with a request for each partition: when one is refused for its size, kafkajs takes back
   * the sequence numbers of the whole request, which is right only for a request that was refused as a whole.
   */
  async send(records: readonly AddressedRecord[], gate?: RequestGate): Promise<void> {
    const transaction = this.#transaction;
    if (transaction === null) throw new RetriableError("There is no transaction to send in.");
    for (const ofPartition of byPartition(records)) {
      try {
        await sendRecords(transaction, ofPartition, { ...this.#options, gate });
      } catch (error) {
        throw this.#transaction === transaction ? error : closed();
      }
    }
  }

  /** Ends an open transaction, so that nobody has to wait for its time-out. */
  async close(): Promise<void> {
    const [producer, transaction] = [this.#producer, this.#transaction];
    [this.#producer, this.#transaction] = [null, null];
    this.#addresser.forget();
    if (transaction !== null) await within(ABORT_TIMEOUT_MS, transaction.abort()).catch(() => undefined);
    producer?.disconnect().catch(() => undefined);
  }

  async #ask<T>(producer: Producer, question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      if (this.#producer !== producer) throw closed();
      await this.close();
      throw translated(error, { connection: this.#options.connection });
    }
  }
}

/** The broker ends the transaction before in the background; kafkajs waits for that only when it sends records. */
async function whenEnded(work: () => Promise<void>): Promise<void> {
  for (const deadline = performance.now() + ENDING_TIMEOUT_MS; ;) {
    try {
      await work();
      return;
    } catch (error) {
      if (protocolType(error) !== "CONCURRENT_TRANSACTIONS" || performance.now() > deadline) throw error;
      await sleep(ENDING_POLL_MS);
    }
  }
}

/** Instead of what kafkajs says of a producer that was closed meanwhile. */
function closed(): RetriableError {
  return new RetriableError("The transactional producer was closed.");
}

function byPartition(records: readonly AddressedRecord[]): Iterable<AddressedRecord[]> {
  const partitions = new Map<string, AddressedRecord[]>();
  for (const each of records) {
    const name = `${each.record.topic}/${each.partition}`;
    const ofPartition = partitions.get(name);
    if (ofPartition === undefined) partitions.set(name, [each]);
    else ofPartition.push(each);
  }
  return partitions.values();
}
