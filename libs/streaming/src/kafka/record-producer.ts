import { type Message as KafkaMessage, type PartitionMetadata, Partitioners, type Producer } from "kafkajs";
import { FatalError, RetriableError } from "../errors.js";
import type { OutgoingRecord } from "../message.js";
import { type AddressedRecord, type RecordProducer, SendTooLargeError } from "../record-producer.js";
import type { RequestGate } from "../request-gate.js";
import { recordBytes } from "../send-cutting.js";
import type { TopicAdmin } from "../topic-admin.js";
import { type KafkaConnection, openKafka } from "./connection.js";
import { protocolType, translated } from "./errors.js";

export interface IdempotentProducerOptions {
  readonly connection: KafkaConnection;
  readonly topics: Pick<TopicAdmin, "partitionCount">;
  /** Of one request, in ms. A gate is asked whether that still fits before the session may lapse. */
  readonly requestTimeoutMs: number;
}

/** Kafka's default for a key, Murmur2 as in Java, so that other clients agree about a key's partition. */
type Partitioner = ReturnType<typeof Partitioners.DefaultPartitioner>;

/**
 * kafkajs' idempotent producer, made anew after any failure. kafkajs takes back the sequence numbers of all partitions
 * of a failed request, though some of them may have been written: the next, different send would carry the same
 * numbers and be taken for a repetition, acknowledged and thrown away. With a new producer id that can't be.
 */
export class IdempotentProducer implements RecordProducer {
  readonly #options: IdempotentProducerOptions;
  readonly #byKey: Partitioner = Partitioners.DefaultPartitioner();
  readonly #partitions = new Map<string, PartitionMetadata[]>();
  #producer: Producer | null = null;
  #gate: RequestGate | undefined;

  constructor(options: IdempotentProducerOptions) {
    this.#options = options;
  }

  async address(records: readonly OutgoingRecord[]): Promise<AddressedRecord[]> {
    const addressed: AddressedRecord[] = [];
    for (const record of records) {
      const partitions = this.#partitions.get(record.topic) ?? (await this.#findPartitions(record.topic));
      addressed.push({ record, partition: this.#choose(record, partitions), bytes: recordBytes(record) });
    }
    return addressed;
  }

  async send(records: readonly AddressedRecord[], gate?: RequestGate): Promise<void> {
    this.#gate = gate;
    try {
      const producer = this.#producer ?? (await this.#connect());
      const acknowledged = await producer.sendBatch({
        acks: -1,
        timeout: this.#options.requestTimeoutMs,
        topicMessages: byTopic(records),
      });
      requireAll(records, acknowledged);
    } catch (error) {
      this.#discard();
      throw this.#translated(error, records);
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
      // Called in each attempt, also in those that kafkajs makes by itself: the last moment to stop a late one.
      createPartitioner: () => (placing) => {
        this.#gate?.check(requestTimeoutMs);
        return placing.message.partition ?? 0;
      },
      retry,
    });
    this.#producer = producer;
    await producer.connect();
    return producer;
  }

  #choose({ topic, key, partition }: OutgoingRecord, partitions: PartitionMetadata[]): number {
    if (partition === undefined) {
      return this.#byKey({ topic, partitionMetadata: partitions, message: { key, value: null } });
    }
    if (partition < partitions.length) return partition;
    this.#partitions.delete(topic);
    throw new FatalError(
      `A record is for partition ${partition} of topic ${topic}, which has ${partitions.length}: the topics of a ` +
        "pipeline must have equally many partitions; make the topic anew and reindex.",
    );
  }

  async #findPartitions(topic: string): Promise<PartitionMetadata[]> {
    const count = await this.#options.topics.partitionCount(topic);
    if (count === null) throw new RetriableError(`There is no topic ${topic} to write to; create it.`);
    // Who leads a partition doesn't matter for where a key belongs.
    const partitions = Array.from({ length: count }, (_, partitionId) => ({
      partitionId,
      partitionErrorCode: 0,
      leader: 0,
      replicas: [],
      isr: [],
    }));
    this.#partitions.set(topic, partitions);
    return partitions;
  }

  #discard(): void {
    const producer = this.#producer;
    this.#producer = null;
    this.#partitions.clear();
    producer?.disconnect().catch(() => undefined);
  }

  #translated(error: unknown, records: readonly AddressedRecord[]): Error {
    const topics = [...new Set(records.map(({ record }) => record.topic))];
    const type = protocolType(error);
    if (type === "MESSAGE_TOO_LARGE" || type === "RECORD_LIST_TOO_LARGE") {
      return new SendTooLargeError(`Topic ${topics.join(" or ")} takes no message this large (max.message.bytes).`);
    }
    return translated(error, { connection: this.#options.connection, topics });
  }
}

function byTopic(records: readonly AddressedRecord[]) {
  const topics = new Map<string, KafkaMessage[]>();
  for (const { record, partition } of records) {
    const messages = topics.get(record.topic) ?? [];
    messages.push({ key: record.key, value: record.value, partition, headers: record.headers ?? {} });
    topics.set(record.topic, messages);
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
}

/** When a leader moves in the middle of a send, kafkajs may leave a partition out and resolve all the same. */
function requireAll(records: readonly AddressedRecord[], acknowledged: { topicName: string; partition: number }[]) {
  const arrived = new Set(acknowledged.map(({ topicName, partition }) => `${topicName}/${partition}`));
  for (const { record, partition } of records) {
    if (arrived.has(`${record.topic}/${partition}`)) continue;
    throw new RetriableError(`The broker didn't acknowledge partition ${partition} of topic ${record.topic}.`);
  }
}
