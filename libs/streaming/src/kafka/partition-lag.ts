import type { Gauge } from "prom-client";
import type { TopicPartition } from "../assignment/assigned-partition.js";
import type { TopicOffsets } from "../checkpoints/checkpoint-offsets.js";

interface Offsets {
  end: bigint;
  committed: bigint;
}

/** How far the group is behind the ends of the partitions that this member is assigned. */
export class PartitionLag {
  readonly #gauge: Gauge;
  readonly #group: string;
  readonly #topics = new Map<string, Map<number, Offsets>>();

  constructor(gauge: Gauge, group: string) {
    this.#gauge = gauge;
    this.#group = group;
  }

  begin({ topic, partition }: TopicPartition, offsets: Readonly<Offsets>): void {
    const partitions = this.#topics.get(topic) ?? new Map<number, Offsets>();
    this.#topics.set(topic, partitions.set(partition, { ...offsets }));
    this.#tell({ topic, partition }, offsets);
  }

  /** The log has grown up to this offset. */
  grown({ topic, partition }: TopicPartition, end: bigint): void {
    const offsets = this.#topics.get(topic)?.get(partition);
    if (offsets === undefined) return;
    offsets.end = end;
    this.#tell({ topic, partition }, offsets);
  }

  committed(topics: readonly TopicOffsets[]): void {
    for (const { topic, partitions } of topics) {
      for (const { partition, offset } of partitions) {
        const offsets = this.#topics.get(topic)?.get(partition);
        if (offsets === undefined) continue;
        offsets.committed = BigInt(offset);
        this.#tell({ topic, partition }, offsets);
      }
    }
  }

  /** The partitions are somebody else's. */
  forget(): void {
    for (const [topic, partitions] of this.#topics) {
      for (const partition of partitions.keys()) this.#gauge.remove({ group: this.#group, topic, partition });
    }
    this.#topics.clear();
  }

  #tell({ topic, partition }: TopicPartition, { end, committed }: Readonly<Offsets>): void {
    // What a fetch says of the end may be older than a commit.
    const lag = end > committed ? Number(end - committed) : 0;
    this.#gauge.set({ group: this.#group, topic, partition }, lag);
  }
}
