import { dueInMs, takeBatch } from "./batch-limits.js";
import { PartitionBuffer } from "./partition-buffer.js";
import type { ConsumedRecord } from "./record.js";
import type { BatchOptions } from "./sink.js";

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** What a fetch brought for one partition. */
export interface FetchedRange {
  /** Where the fetch began. */
  readonly from: bigint;
  /** The last offset that it covers, also of what isn't shown: control records, and what compaction took. */
  readonly last: bigint;
  readonly records: readonly ConsumedRecord[];
}

export class AssignedPartition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly buffer = new PartitionBuffer();
  /** The next offset to come from the broker; null until the committed one is known. */
  position: bigint | null = null;
  /** Nothing is fetched: the position isn't known yet, or the buffer has its share. */
  paused = true;

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic;
    this.partition = partition;
  }

  /**
   * Takes over what follows on what came before, and nothing else: a fetch may be one of before a join.
   *
   * @returns "early" before the position is known, "gap" when it begins behind the position: that would be a loss.
   */
  accept({ from, last, records }: FetchedRange, now: number): "accepted" | "early" | "gap" {
    const { position } = this;
    if (position === null) return "early";
    if (from > position) return "gap";
    this.buffer.push(from < position ? records.filter(({ offset }) => offset >= position) : records, now);
    this.skip(last);
    return "accepted";
  }

  /** Everything up to this offset is known, or holds no records. */
  skip(last: bigint): void {
    if (this.position !== null && last >= this.position) this.position = last + 1n;
  }
}

/** Why the work of a batch is given up; what it was about is delivered again, to this member or another. */
export class AssignmentEndedError extends Error {
  override readonly name = "AssignmentEndedError";
}

/** What this member holds between two rebalances, and what it has fetched of it. Ends with the group's generation. */
export class Assignment {
  readonly partitions: readonly AssignedPartition[];
  readonly #byName = new Map<string, AssignedPartition>();
  readonly #buffers: readonly PartitionBuffer[];
  readonly #lost = new AbortController();
  #start = 0;

  constructor(partitions: readonly TopicPartition[]) {
    this.partitions = partitions.map((partition) => new AssignedPartition(partition));
    this.#buffers = this.partitions.map(({ buffer }) => buffer);
    for (const assigned of this.partitions) this.#byName.set(`${assigned.topic}/${assigned.partition}`, assigned);
  }

  /** Aborted when the assignment has ended. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  end(reason: string): void {
    this.#lost.abort(new AssignmentEndedError(reason));
  }

  find({ topic, partition }: TopicPartition): AssignedPartition | undefined {
    return this.#byName.get(`${topic}/${partition}`);
  }

  get bufferedBytes(): number {
    return this.#buffers.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** How long to wait for a fuller batch, in ms; 0 when one is due, undefined when there is nothing to take. */
  dueInMs(limits: BatchOptions, now: number): number | undefined {
    return dueInMs(this.#buffers, limits, now);
  }

  take(limits: BatchOptions): ConsumedRecord[] {
    this.#start += 1;
    return takeBatch(this.#buffers, this.#start, limits);
  }
}
