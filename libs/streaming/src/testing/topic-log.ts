import { offsetsBehind } from "../checkpoints/checkpoint-offsets.js";
import { type OutgoingHeaders, type RawHeader, listHeaders, textHeaders } from "../message.js";
import { PartitionBuffer } from "../assignment/partition-buffer.js";
import type { ConsumedRecord } from "../record.js";

export interface Appended {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: OutgoingHeaders;
  readonly timestamp: number;
  readonly partition: number;
}

/** A topic in memory: it gives records their offsets and knows how far its one reader has committed. */
export class TopicLog {
  readonly #name: string;
  readonly #ends = new Map<number, bigint>();
  readonly #committed = new Map<number, bigint>();
  #uncommitted: ConsumedRecord[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** By partition: the offset that the reader goes on at. */
  get committed(): ReadonlyMap<number, bigint> {
    return this.#committed;
  }

  append(record: Appended): ConsumedRecord {
    const { partition, key, value } = record;
    const offset = this.#ends.get(partition) ?? 0n;
    this.#ends.set(partition, offset + 1n);
    const bytes = (key?.length ?? 0) + (value?.length ?? 0);
    const rawHeaders = listHeaders(record.headers).map(([name, given]): RawHeader => [name, toBuffer(given)]);
    const headers = textHeaders(record.headers);
    const appended = { ...record, headers, rawHeaders, topic: this.#name, offset, bytes };
    this.#uncommitted.push(appended);
    return appended;
  }

  /** What a reader gets that begins where it last committed. */
  fetch(): PartitionBuffer[] {
    const partitions = new Map<number, ConsumedRecord[]>();
    for (const record of this.#uncommitted) {
      const ofPartition = partitions.get(record.partition);
      if (ofPartition === undefined) partitions.set(record.partition, [record]);
      else ofPartition.push(record);
    }
    return [...partitions.values()].map((records) => {
      const buffer = new PartitionBuffer();
      buffer.push(records, 0);
      return buffer;
    });
  }

  commit(records: readonly ConsumedRecord[]): void {
    for (const { partitions } of offsetsBehind(records)) {
      for (const { partition, offset } of partitions) this.#committed.set(partition, BigInt(offset));
    }
    this.#uncommitted = this.#uncommitted.filter(
      ({ partition, offset }) => offset >= (this.#committed.get(partition) ?? 0n),
    );
  }
}

export function toBuffer(part: Buffer | string | null): Buffer | null {
  return typeof part === "string" ? Buffer.from(part) : part;
}
