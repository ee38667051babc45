import type { ConsumedRecord } from "../record.js";

interface Chunk {
  readonly records: readonly ConsumedRecord[];
  readonly arrivedAt: number;
}

/** Of a record beside its key and value, about: itself, its offset, and views of the fetched bytes. */
const RECORD_OVERHEAD = 350;

/** Records of one partition that were fetched and not yet taken, in order. */
export class PartitionBuffer {
  #chunks: Chunk[] = [];
  /** How much of the first chunk is taken already. */
  #taken = 0;
  #size = 0;
  #bytes = 0;

  get size(): number {
    return this.#size;
  }

  /** Of keys and values. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What it takes in memory, about: small records take several times their bytes. */
  get heldBytes(): number {
    return this.#bytes + this.#size * RECORD_OVERHEAD;
  }

  /** When the oldest record came in, on the caller's clock; undefined when empty. */
  get waitingSince(): number | undefined {
    return this.#chunks[0]?.arrivedAt;
  }

  push(records: readonly ConsumedRecord[], now: number): void {
    if (records.length === 0) return;
    this.#chunks.push({ records, arrivedAt: now });
    this.#size += records.length;
    for (const record of records) this.#bytes += record.bytes;
  }

  /** The oldest record, removed, if it fits into `maxBytes`. */
  shift(maxBytes: number): ConsumedRecord | undefined {
    const chunk = this.#chunks[0];
    const record = chunk?.records[this.#taken];
    if (chunk === undefined || record === undefined || record.bytes > maxBytes) return undefined;
    this.#taken += 1;
    this.#size -= 1;
    this.#bytes -= record.bytes;
    if (this.#taken === chunk.records.length) {
      this.#chunks.shift();
      this.#taken = 0;
    }
    return record;
  }
}
