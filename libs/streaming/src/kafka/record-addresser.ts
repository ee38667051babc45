import { randomInt } from "node:crypto";
import { FatalError, RetriableError } from "../errors.js";
import type { OutgoingRecord } from "../message.js";
import type { AddressedRecord } from "../record-producer.js";
import { recordBytes } from "../send-cutting.js";
import type { TopicAdmin } from "../topic-admin.js";
import { partitionOf } from "./murmur2.js";

/** Decides each record's partition, as Java's clients do: by the key's hash, and those without a key in turn. */
export class RecordAddresser {
  readonly #topics: Pick<TopicAdmin, "partitionCount">;
  readonly #partitions = new Map<string, number>();
  #keyless = randomInt(2 ** 31);

  constructor(topics: Pick<TopicAdmin, "partitionCount">) {
    this.#topics = topics;
  }

  /** @throws {RetriableError} a topic is missing, or the broker away. @throws {FatalError} there is no such partition. */
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

  /** Partition counts are asked for again. */
  forget(): void {
    this.#partitions.clear();
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
    const count = await this.#topics.partitionCount(topic);
    if (count === null) throw new RetriableError(`There is no topic ${topic} to write to; create it.`);
    this.#partitions.set(topic, count);
    return count;
  }
}
