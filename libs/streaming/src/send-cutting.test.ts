import { expect, test } from "vitest";
import type { AddressedRecord } from "./record-producer.js";
import { nextSend, recordBytes } from "./send-cutting.js";

function record(partition: number, bytes: number): AddressedRecord {
  return { record: { topic: "t", key: null, value: null }, partition, bytes };
}

test("cuts where one partition would get too much, not where all together have it", () => {
  const small = Array.from({ length: 10 }, () => record(0, 200_000));
  expect(nextSend(small)).toBe(4);
  const spread = Array.from({ length: 10 }, (_, index) => record(index, 90_000));
  expect(nextSend(spread)).toBe(10);
});

test("cuts a send that is too large altogether", () => {
  const spread = Array.from({ length: 100 }, (_, index) => record(index, 80_000));
  expect(nextSend(spread)).toBe(12);
});

test("a record over the limit travels alone, after what was before it", () => {
  const records = [record(0, 10), record(1, 950_000), record(0, 10)];
  expect(nextSend(records)).toBe(1);
  expect(nextSend(records.slice(1))).toBe(1);
  expect(nextSend(records.slice(2))).toBe(1);
});

test("counts key, value and headers in bytes, not in characters", () => {
  const bare = recordBytes({ topic: "t", key: null, value: null });
  expect(recordBytes({ topic: "t", key: "ü", value: Buffer.alloc(7) }) - bare).toBe(9);
  expect(recordBytes({ topic: "t", key: null, value: null, headers: { name: "ü" } }) - bare).toBeGreaterThanOrEqual(6);
});
