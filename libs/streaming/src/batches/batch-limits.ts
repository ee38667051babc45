import type { PartitionBuffer } from "../assignment/partition-buffer.js";
import type { ConsumedRecord } from "../record.js";
import type { BatchOptions } from "../sink.js";

/** Where no operator wants batches: what is there at the moment, and no more than one produce request takes. */
export const DEFAULT_LIMITS: BatchOptions = { maxItems: 5000, maxBytes: 1_000_000, maxWaitMs: 0 };

/** What satisfies every operator of a chain. */
export function tightest(limits: readonly BatchOptions[]): BatchOptions {
  if (limits.length === 0) return DEFAULT_LIMITS;
  const least = (pick: (options: BatchOptions) => number) => Math.min(...limits.map(pick));
  return {
    maxItems: least((options) => options.maxItems),
    maxBytes: least((options) => options.maxBytes),
    maxWaitMs: least((options) => options.maxWaitMs),
  };
}

/** How long to wait for a fuller batch, in ms; 0 when one is due, undefined when there is nothing to take. */
export function dueInMs(buffers: readonly PartitionBuffer[], limits: BatchOptions, now: number): number | undefined {
  let size = 0;
  let bytes = 0;
  let oldest = Infinity;
  for (const buffer of buffers) {
    size += buffer.size;
    bytes += buffer.bytes;
    oldest = Math.min(oldest, buffer.waitingSince ?? Infinity);
  }
  if (size === 0) return undefined;
  if (size >= limits.maxItems || bytes >= limits.maxBytes) return 0;
  return Math.max(0, oldest + limits.maxWaitMs - now);
}

/**
 * Takes a batch across partitions, each one's records in order. Begins at `start` and goes round, so that a caller who
 * moves `start` on lets no partition starve. A single record over `maxBytes` makes a batch of its own.
 */
export function takeBatch(buffers: readonly PartitionBuffer[], start: number, limits: BatchOptions): ConsumedRecord[] {
  const batch: ConsumedRecord[] = [];
  let bytes = 0;
  for (let i = 0; i < buffers.length; i++) {
    const buffer = buffers[(start + i) % buffers.length];
    while (buffer !== undefined && batch.length < limits.maxItems) {
      const record = buffer.shift(batch.length === 0 ? Infinity : limits.maxBytes - bytes);
      if (record === undefined) break;
      batch.push(record);
      bytes += record.bytes;
    }
  }
  return batch;
}
