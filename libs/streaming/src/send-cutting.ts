import type { OutgoingRecord } from "./message.js";
import type { AddressedRecord } from "./record-producer.js";

/**
 * The client makes one record batch of what a send holds for a partition, and brokers refuse batches over
 * `message.max.bytes` (1 MiB by default), measured after compression. So below that, even uncompressed.
 */
const MAX_PARTITION_BYTES = 900_000;
/** Of one send to all partitions: encoding it holds the event loop. */
const MAX_SEND_BYTES = 4_000_000;
/** Lengths, attributes, timestamp and offset of a record, and of each of its headers. */
const RECORD_OVERHEAD = 24;
const HEADER_OVERHEAD = 4;

function byteLength(part: Buffer | string | null): number {
  if (part === null) return 0;
  return typeof part === "string" ? Buffer.byteLength(part) : part.length;
}

/** What a record takes in a record batch, about. */
export function recordBytes({ key, value, headers }: OutgoingRecord): number {
  let bytes = RECORD_OVERHEAD + byteLength(key) + byteLength(value);
  for (const [name, text] of Object.entries(headers ?? {})) {
    bytes += HEADER_OVERHEAD + byteLength(name) + byteLength(text);
  }
  return bytes;
}

/**
 * How many of the records, from the first, make the next send: within the limits for each partition and altogether.
 * A single record over the limit makes a send of its own, so that its refusal is about nothing else.
 */
export function nextSend(records: readonly AddressedRecord[]): number {
  const perPartition = new Map<string, number>();
  let total = 0;
  for (const [index, { record, partition, bytes }] of records.entries()) {
    if (bytes > MAX_PARTITION_BYTES) return Math.max(index, 1);
    const name = `${record.topic}/${partition}`;
    const ofPartition = (perPartition.get(name) ?? 0) + bytes;
    total += bytes;
    if (index > 0 && (ofPartition > MAX_PARTITION_BYTES || total > MAX_SEND_BYTES)) return index;
    perPartition.set(name, ofPartition);
  }
  return records.length;
}
