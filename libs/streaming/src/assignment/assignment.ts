import { AssignedPartition, type TopicPartition, nameOf } from "./assigned-partition.js";
import { dueInMs, takeBatch } from "../batches/batch-limits.js";
import { Bell } from "../bell.js";
import type { PartitionBuffer } from "./partition-buffer.js";
import type { ConsumedRecord } from "../record.js";
import type { BatchOptions } from "../sink.js";

/** Why the work of a batch is given up; what it was about is delivered again, to this member or another. */
export class AssignmentEndedError extends Error {
  override readonly name = "AssignmentEndedError";
}

export interface AssignmentOptions {
  readonly partitions: readonly TopicPartition[];
  /** Whether a batch may hold records of several partitions. */
  readonly mixes: boolean;
  /**
   * Names of partitions of which a batch holds records; what follows waits, so that its order is kept. It outlives the
   * assignment: an operator may go on for a while with what was given up.
   */
  readonly inWork: Set<string>;
}

export interface TakenRecords {
  readonly records: readonly ConsumedRecord[];
  /** What follows in their partitions may be taken. */
  readonly release: () => void;
}

/** What this member holds between two rebalances, and what it has fetched of it. Ends with the group's generation. */
export class Assignment {
  readonly partitions: readonly AssignedPartition[];
  readonly #mixes: boolean;
  readonly #inWork: Set<string>;
  readonly #byName = new Map<string, AssignedPartition>();
  readonly #revoked = new AbortController();
  readonly #lost = new AbortController();
  readonly #settled = new Bell();
  #unsettled = 0;
  #start = 0;

  constructor({ partitions, mixes, inWork }: AssignmentOptions) {
    this.partitions = partitions.map((partition) => new AssignedPartition(partition));
    this.#mixes = mixes;
    this.#inWork = inWork;
    for (const assigned of this.partitions) this.#byName.set(assigned.name, assigned);
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

  find(partition: TopicPartition): AssignedPartition | undefined {
    return this.#byName.get(nameOf(partition));
  }

  get isPositioned(): boolean {
    return this.partitions.every(({ position }) => position !== null);
  }

  /** Nothing is in work, nothing waits, and more may come. */
  get isIdle(): boolean {
    const isQuiet = this.partitions.every(({ name, buffer }) => buffer.size === 0 && !this.#inWork.has(name));
    return isQuiet && this.isPositioned && !this.#revoked.signal.aborted;
  }

  /** What the buffers take in memory, about. */
  get heldBytes(): number {
    return this.partitions.reduce((sum, { buffer }) => sum + buffer.heldBytes, 0);
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
    const taken = this.partitions.filter(({ buffer }) => buffer.size < (sizes.get(buffer) ?? 0));
    for (const { name } of taken) this.#inWork.add(name);
    this.#unsettled += 1;
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      for (const { name } of taken) this.#inWork.delete(name);
    };
    return { records, release };
  }

  /** A batch that was taken is committed or given up. */
  settle(): void {
    this.#unsettled -= 1;
    if (this.#unsettled === 0) this.#settled.ring();
  }

  /** As `settled`, but also what was given up has to end. */
  async ended(): Promise<void> {
    while (this.#unsettled > 0) await this.#settled.wait();
  }

  /** Resolves when nothing that was taken is open any more. */
  async settled(): Promise<void> {
    while (this.#unsettled > 0 && !this.signal.aborted) await this.#settled.wait({ signal: this.signal });
  }

  /** Of which buffers a batch may be made. */
  #groups(): (readonly PartitionBuffer[])[] {
    const free = this.partitions.flatMap(({ name, buffer }) =>
      buffer.size === 0 || this.#inWork.has(name) ? [] : [buffer],
    );
    if (this.#mixes) return free.length === 0 ? [] : [free];
    return free.map((buffer) => [buffer]);
  }
}
