import { AssignedPartition, type TopicPartition } from "./assigned-partition.js";
import { dueInMs, takeBatch } from "./batch-limits.js";
import { Bell } from "./bell.js";
import type { PartitionBuffer } from "./partition-buffer.js";
import type { ConsumedRecord } from "./record.js";
import type { BatchOptions } from "./sink.js";

/** Why the work of a batch is given up; what it was about is delivered again, to this member or another. */
export class AssignmentEndedError extends Error {
  override readonly name = "AssignmentEndedError";
}

export interface AssignmentOptions {
  readonly partitions: readonly TopicPartition[];
  /** Whether a batch may hold records of several partitions. */
  readonly mixes: boolean;
}

/** Records that were taken, and the partitions that wait for them. */
export interface TakenRecords {
  readonly records: readonly ConsumedRecord[];
  readonly partitions: readonly AssignedPartition[];
}

/** What this member holds between two rebalances, and what it has fetched of it. Ends with the group's generation. */
export class Assignment {
  readonly partitions: readonly AssignedPartition[];
  readonly #mixes: boolean;
  readonly #byName = new Map<string, AssignedPartition>();
  readonly #revoked = new AbortController();
  readonly #lost = new AbortController();
  readonly #settled = new Bell();
  #unsettled = 0;
  #start = 0;

  constructor({ partitions, mixes }: AssignmentOptions) {
    this.partitions = partitions.map((partition) => new AssignedPartition(partition));
    this.#mixes = mixes;
    for (const assigned of this.partitions) this.#byName.set(`${assigned.topic}/${assigned.partition}`, assigned);
  }

  /** Aborted when the assignment is about to end: no batch is taken any more. */
  get revoked(): AbortSignal {
    return this.#revoked.signal;
  }

  /** Aborted when the assignment has ended. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  revoke(): void {
    this.#revoked.abort();
  }

  end(reason: string): void {
    this.#revoked.abort();
    this.#lost.abort(new AssignmentEndedError(reason));
  }

  find({ topic, partition }: TopicPartition): AssignedPartition | undefined {
    return this.#byName.get(`${topic}/${partition}`);
  }

  get isPositioned(): boolean {
    return this.partitions.every(({ position }) => position !== null);
  }

  get bufferedBytes(): number {
    return this.partitions.reduce((sum, { buffer }) => sum + buffer.bytes, 0);
  }

  /** How long to wait for a fuller batch, in ms; 0 when one is due, undefined when there is nothing to take. */
  dueInMs(limits: BatchOptions, now: number): number | undefined {
    if (this.#revoked.signal.aborted) return undefined;
    const due = this.#groups().flatMap((buffers) => dueInMs(buffers, limits, now) ?? []);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** The records of a batch that is due; their partitions are in work until they are released. */
  take(limits: BatchOptions, now: number): TakenRecords {
    this.#start += 1;
    const groups = this.#groups();
    const start = this.#start % Math.max(1, groups.length);
    const inTurn = [...groups.slice(start), ...groups.slice(0, start)];
    const buffers = inTurn.find((group) => dueInMs(group, limits, now) === 0) ?? [];
    const sizes = new Map(buffers.map((buffer) => [buffer, buffer.size]));
    const records = takeBatch(buffers, this.#start, limits);
    const partitions = this.partitions.filter(({ buffer }) => buffer.size < (sizes.get(buffer) ?? 0));
    for (const assigned of partitions) assigned.inWork = true;
    this.#unsettled += 1;
    return { records, partitions };
  }

  /** A batch that was taken is committed or given up. */
  settle(): void {
    this.#unsettled -= 1;
    if (this.#unsettled === 0) this.#settled.ring();
  }

  /** Resolves when nothing that was taken is open any more. */
  async settled(): Promise<void> {
    while (this.#unsettled > 0 && !this.signal.aborted) await this.#settled.wait({ signal: this.signal });
  }

  /** Of which buffers a batch may be made. */
  #groups(): (readonly PartitionBuffer[])[] {
    const free = this.partitions.flatMap(({ inWork, buffer }) => (inWork || buffer.size === 0 ? [] : [buffer]));
    if (this.#mixes) return free.length === 0 ? [] : [free];
    return free.map((buffer) => [buffer]);
  }
}
