import { randomInt } from "node:crypto";
import { Partitioners, type Producer } from "kafkajs";
import { FatalError, RetriableError } from "../errors.js";
import type { OutgoingRecord } from "../message.js";
import { type AddressedRecord, type RecordProducer, SendTooLargeError } from "../record-producer.js";
import type { RequestGate } from "../request-gate.js";
import { recordBytes } from "../send-cutting.js";
import type { TopicAdmin } from "../topic-admin.js";
import { type KafkaConnection, openKafka } from "./connection.js";
import { type EncodedRecords, encodedMessages } from "./encoded-messages.js";
import { protocolType, translated } from "./errors.js";
import { partitionOf } from "./murmur2.js";
import { encodeRecords } from "./record-encoding.js";

export interface IdempotentProducerOptions {
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
  readonly #options: IdempotentProducerOptions;
  readonly #partitions = new Map<string, number>();
  #keyless = randomInt(2 ** 31);
  #producer: Producer | null = null;

  constructor(options: IdempotentProducerOptions) {
    this.#options = options;
  }

  async address(records: readonly OutgoingRecord[]): Promise<AddressedRecord[]> {
    const addressed: AddressedRecord[] = [];
    let topic: string | null = null;
    let partitions = 0;
    for (const record of records) {
      if (record.topic !== topic) {
        topic = record.topic;
        partitions = this.#partitions.get(topic) ?? (await this.#countPartitions(topic));
      }
      addressed.push({ record, partition: this.#choose(record, partitions), bytes: recordBytes(record) });
    }
    return addressed;
  }

  async send(records: readonly AddressedRecord[], gate?: RequestGate): Promise<void> {
    const { requestTimeoutMs } = this.#options;
    const topics = encodedByTopic(records);
    // Also in the attempts that kafkajs makes by itself: the last moment to stop a late one.
    const askGate = () => gate?.check(requestTimeoutMs);
    try {
      const producer = this.#producer ?? (await this.#connect());
      const acknowledged = await producer.sendBatch({
        acks: -1,
        timeout: requestTimeoutMs,
        topicMessages: [...topics].map(([topic, partitions]) => ({
          topic,
          messages: encodedMessages(partitions, askGate),
        })),
      });
      requireAll(topics, acknowledged);
    } catch (error) {
      this.#discard();
      throw this.#translated(error, [...topics.keys()]);
    }
  }

  close(): Promise<void> {
    this.#discard();
    return Promise.resolve();
  }

  async #connect(): Promise<Producer> {
    const { connection, requestTimeoutMs } = this.#options;
    // Attempts with the same sequence numbers, which the broker recognises, bridge a moving leader without duplicates.
    const retry = { retries: 6, initialRetryTime: 100, maxRetryTime: 1000 };
    const producer = openKafka(connection, { requestTimeoutMs, retry }).producer({
      idempotent: true,
      // More would need kafkajs to keep the order when the first of two fails; it doesn't.
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      // Never asked, but without it kafkajs warns everybody about its change of default.
      createPartitioner: Partitioners.DefaultPartitioner,
      retry,
    });
    this.#producer = producer;
    await producer.connect();
    return producer;
  }

  #choose({ topic, key, partition }: OutgoingRecord, partitions: number): number {
    if (partition === undefined) return key === null ? this.#keyless++ % partitions : partitionOf(key, partitions);
    if (partition < partitions) return partition;
    this.#partitions.delete(topic);
    throw new FatalError(
      `A record is for partition ${partition} of topic ${topic}, which has ${partitions}: the topics of a ` +
        "pipeline must have equally many partitions; make the topic anew and reindex.",
    );
  }

  async #countPartitions(topic: string): Promise<number> {
    const count = await this.#options.topics.partitionCount(topic);
    if (count === null) throw new RetriableError(`There is no topic ${topic} to write to; create it.`);
    this.#partitions.set(topic, count);
    return count;
  }

  #discard(): void {
    const producer = this.#producer;
    this.#producer = null;
    this.#partitions.clear();
    producer?.disconnect().catch(() => undefined);
  }

  #translated(error: unknown, topics: readonly string[]): Error {
    const type = protocolType(error);
    if (type === "MESSAGE_TOO_LARGE" || type === "RECORD_LIST_TOO_LARGE") {
      return new SendTooLargeError(`Topic ${topics.join(" or ")} takes no message this large (max.message.bytes).`);
    }
    return translated(error, { connection: this.#options.connection, topics });
  }
}

interface PartitionRecords {
  readonly records: OutgoingRecord[];
  bytes: number;
}

function encodedByTopic(records: readonly AddressedRecord[]): Map<string, EncodedRecords[]> {
  const topics = new Map<string, PartitionRecords[]>();
  for (const { record, partition, bytes } of records) {
    let partitions = topics.get(record.topic);
    if (partitions === undefined) topics.set(record.topic, (partitions = []));
    const ofPartition = (partitions[partition] ??= { records: [], bytes: 0 });
    ofPartition.records.push(record);
    ofPartition.bytes += bytes;
  }
  return new Map([...topics].map(([topic, partitions]) => [topic, encoded(partitions)]));
}

/** @param partitions by number, with holes. */
function encoded(partitions: readonly (PartitionRecords | undefined)[]): EncodedRecords[] {
  return [...partitions.entries()].flatMap(([partition, ofPartition]) => {
    if (ofPartition === undefined) return [];
    const { records, bytes } = ofPartition;
    return [{ partition, count: records.length, bytes: encodeRecords(records, bytes) }];
  });
}

/** When a leader moves in the middle of a send, kafkajs may leave a partition out and resolve all the same. */
function requireAll(
  topics: ReadonlyMap<string, readonly EncodedRecords[]>,
  acknowledged: { topicName: string; partition: number }[],
): void {
  const arrived = new Set(acknowledged.map(({ topicName, partition }) => `${topicName}/${partition}`));
  for (const [topic, partitions] of topics) {
    const missing = partitions.find(({ partition }) => !arrived.has(`${topic}/${partition}`));
    if (missing === undefined) continue;
    throw new RetriableError(`The broker didn't acknowledge partition ${missing.partition} of topic ${topic}.`);
  }
}
