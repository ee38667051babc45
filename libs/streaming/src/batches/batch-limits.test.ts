import { describe, expect, test } from "vitest";
import { dueInMs, takeBatch, tightest } from "./batch-limits.js";
import { PartitionBuffer } from "../assignment/partition-buffer.js";
import type { ConsumedRecord } from "../record.js";

const limits = { maxItems: 4, maxBytes: 1000, maxWaitMs: 20 };

function buffer(partition: number, sizes: readonly number[], now = 0): PartitionBuffer {
  const filled = new PartitionBuffer();
  const records = sizes.map((bytes, index) => record(partition, BigInt(index), bytes));
  filled.push(records.slice(0, 2), now);
  filled.push(records.slice(2), now + 1);
  return filled;
}

function record(partition: number, offset: bigint, bytes: number): ConsumedRecord {
  return { topic: "t", partition, offset, key: null, value: null, headers: {}, rawHeaders: [], timestamp: 0, bytes };
}

const named = (records: readonly ConsumedRecord[]) => records.map(({ partition, offset }) => `${partition}:${offset}`);

describe("a batch", () => {
  test("goes across partitions, each in order, and round from where it starts", () => {
    const buffers = [buffer(0, [1, 1, 1]), buffer(1, [1, 1])];
    expect(named(takeBatch(buffers, 1, limits))).toEqual(["1:0", "1:1", "0:0", "0:1"]);
    expect(named(takeBatch(buffers, 2, limits))).toEqual(["0:2"]);
    expect(buffers.map(({ size, bytes }) => ({ size, bytes }))).toEqual([
      { size: 0, bytes: 0 },
      { size: 0, bytes: 0 },
    ]);
  });

  test("never skips a record that doesn't fit", () => {
    const buffers = [buffer(0, [900, 200, 1])];
    expect(named(takeBatch(buffers, 0, limits))).toEqual(["0:0"]);
    expect(named(takeBatch(buffers, 0, limits))).toEqual(["0:1", "0:2"]);
  });

  test("takes a record over the limit alone", () => {
    const buffers = [buffer(0, [5000, 1])];
    expect(named(takeBatch(buffers, 0, limits))).toEqual(["0:0"]);
  });
});

describe("a batch is due", () => {
  test("at once when it is full by count or by bytes, over all partitions", () => {
    expect(dueInMs([buffer(0, [1, 1]), buffer(1, [1, 1])], limits, 0)).toBe(0);
    expect(dueInMs([buffer(0, [600]), buffer(1, [600])], limits, 0)).toBe(0);
  });

  test("when its oldest record has waited, not when its last has", () => {
    const buffers = [buffer(0, [1], 100), buffer(1, [1], 90)];
    expect(dueInMs(buffers, limits, 100)).toBe(10);
    expect(dueInMs(buffers, limits, 200)).toBe(0);
    expect(dueInMs([buffer(0, [])], limits, 200)).toBeUndefined();
  });
});

test("the tightest limits satisfy every operator", () => {
  const other = { maxItems: 9, maxBytes: 10, maxWaitMs: 30 };
  expect(tightest([limits, other])).toEqual({ maxItems: 4, maxBytes: 10, maxWaitMs: 20 });
});
