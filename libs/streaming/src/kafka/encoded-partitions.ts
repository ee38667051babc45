import { RetriableError } from "../errors.js";
import type { OutgoingRecord } from "../message.js";
import type { AddressedRecord } from "../record-producer.js";
import type { EncodedRecords } from "./encoded-messages.js";
import { encodeRecords } from "./record-encoding.js";

interface PartitionRecords {
  readonly records: OutgoingRecord[];
  bytes: number;
}

/** As they go into the record batches of one produce request. */
export function encodedByTopic(records: readonly AddressedRecord[]): Map<string, EncodedRecords[]> {
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

/**
 * When a leader moves in the middle of a send, kafkajs may leave a partition out and resolve all the same.
 *
 * @throws {RetriableError} a partition is missing.
 */
export function requireAll(
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
