import { type OutgoingHeaders, type OutgoingRecord, listHeaders } from "./message.js";
import type { AddressedRecord } from "./record-producer.js";

/**
 * The client makes one record batch of what a send holds for a partition, and brokers refuse batches over
 * `message.max.bytes` (1 MiB by default), measured after compression. So below that, even uncompressed.
 */
const MAX_PARTITION_BYTES = 900_000;
/**
 * Of one send to all partitions: encoding it holds the event loop, and the client copies it eight times. Larger ones aren't
 * faster.
 */
export const MAX_SEND_BYTES = 1_000_000;
/** At most: lengths, attributes, timestamp and offset of a record, and both lengths of each of its headers. */
const RECORD_OVERHEAD = 28;
const HEADER_OVERHEAD = 10;

function byteLength(part: Buffer | string | null): number {
  if (part === null) return 0;
  return typeof part === "string" ? Buffer.byteLength(part) : part.length;
}

/** What a record takes in a record batch at most; hardly less. */
export function recordBytes({ key, value, headers }: OutgoingRecord): number {
  const bytes = RECORD_OVERHEAD + byteLength(key) + byteLength(value);
  return headers === undefined ? bytes : bytes + headerBytes(headers);
}

function headerBytes(headers: OutgoingHeaders): number {
  let bytes = 0;
  for (const [name, value] of listHeaders(headers)) bytes += HEADER_OVERHEAD + byteLength(name) + byteLength(value);
  return bytes;
}

/**
 * How many of the records, from the first, make the next send: within the limits for each partition and altogether.
 * A single record over the limit makes a send of its own, so that its refusal is about nothing else.
 */
export function nextSend(records: readonly AddressedRecord[]): number {
  const topics = new Map<string, number[]>();
  let count = 0;
  let total = 0;
  for (const { record, partition, bytes } of records) {
    if (bytes > MAX_PARTITION_BYTES) return Math.max(count, 1);
    let partitions = topics.get(record.topic);
    if (partitions === undefined) topics.set(record.topic, (partitions = []));
    const ofPartition = (partitions[partition] ?? 0) + bytes;
    total += bytes;
    if (count > 0 && (ofPartition > MAX_PARTITION_BYTES || total > MAX_SEND_BYTES)) return count;
    partitions[partition] = ofPartition;
    count += 1;
  }
  return count;
}
