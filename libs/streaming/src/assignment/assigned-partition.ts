import { PartitionBuffer } from "./partition-buffer.js";
import type { ConsumedRecord } from "../record.js";

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** What a fetch brought for one partition. */
export interface FetchedRange {
  /** Where the fetch began. */
  readonly from: bigint;
  /** The last offset that it covers, also of what isn't shown: control records, and what compaction took. */
  readonly last: bigint;
  /** Of the log: the offset behind its last record. */
  readonly end: bigint;
  readonly records: readonly ConsumedRecord[];
}

export class AssignedPartition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly name: string;
  readonly buffer = new PartitionBuffer();
  /** The next offset to come from the broker; null until the committed one is known. */
  position: bigint | null = null;
  /** Nothing is fetched: the position isn't known yet, or the buffer has its share. */
  paused = true;

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic;
    this.partition = partition;
    this.name = nameOf({ topic, partition });
  }

  /**
   * Takes over what follows on what came before, and nothing else: a fetch may be one of before a join.
   *
   * @returns "early" before the position is known, "gap" when it begins behind the position, or when the log ends before
   * it, for then it is another log: either would be a loss.
   */
  accept({ from, last, end, records }: FetchedRange, now: number): "accepted" | "early" | "gap" {
    const { position } = this;
    if (position === null) return "early";
    if (from > position || (from < position && end < position)) return "gap";
    this.buffer.push(from < position ? records.filter(({ offset }) => offset >= position) : records, now);
    this.skip(last);
    return "accepted";
  }

  /** Everything up to this offset is known, or holds no records. */
  skip(last: bigint): void {
    if (this.position !== null && last >= this.position) this.position = last + 1n;
  }
}
