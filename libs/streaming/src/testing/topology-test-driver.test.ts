import { describe, expect, test } from "vitest";
import { json, nullable, text } from "../codecs.js";
import { BatchItemsError, FatalError, RetriableError } from "../errors.js";
import type { Message } from "../message.js";
import type { Codec, Topic } from "../topic.js";
import { RecordingSink } from "./recording-sink.js";
import { TopologyTestDriver } from "./topology-test-driver.js";

const number = json((value) => {
  if (typeof value !== "number") throw new TypeError("no number");
  return value;
});
const input: Topic<string, number> = { name: "input", key: text, value: number };
const LIMITS = { maxItems: 2, maxBytes: 1_000_000, maxWaitMs: 60_000 };
const valuesOf = (batch: readonly Message<unknown, number>[]) => batch.map(({ value }) => value);

function driverWithSink(options?: { maxAttempts: number }) {
  const driver = new TopologyTestDriver(options);
  const sink = new RecordingSink<string, number>();
  driver.dataframe(input).sink(sink, LIMITS);
  return { driver, sink };
}

test("what is produced has the input's key and partition, its codec's headers, and offsets that go on", async () => {
  const tagged: Codec<number | null> = {
    encode: (value) => ({ bytes: value === null ? null : String(value), headers: { kind: "count" } }),
    decode: nullable(number).decode,
  };
  const driver = new TopologyTestDriver();
  const output = driver.topic("output", { key: text, value: tagged });
  driver
    .dataframe(input)
    .apply((value, { headers }) => (headers["drop"] === undefined ? value + 1 : null))
    .toTopic(output);
  await driver.pipe(input, [{ key: "a", value: 1, partition: 2 }]);
  const { produced } = await driver.pipe(input, [
    { key: "b", value: 2, partition: 2, headers: { drop: "yes" } },
    { key: "c", value: 3 },
  ]);
  const common = { topic: "output", headers: { kind: "count" }, timestamp: 0 };
  expect(produced(output)).toEqual([
    { ...common, key: "b", value: null, partition: 2, offset: 1n },
    { ...common, key: "c", value: 4, partition: 0, offset: 0n },
  ]);
  expect(driver.committed(input)).toEqual(
    new Map([
      [2, 2n],
      [0, 1n],
    ]),
  );
});

test("batches are cut by the tightest limits and go across partitions, each in order", async () => {
  const { driver, sink } = driverWithSink();
  await driver.pipe(
    input,
    [1, 2, 3, 4, 5].map((value) => ({ key: "a", value, partition: value % 2 })),
  );
  expect(sink.batches.map(({ length }) => length)).toEqual([2, 2, 1]);
  const inPartition = (wanted: number) => valuesOf(sink.messages.filter(({ partition }) => partition === wanted));
  expect([inPartition(0), inPartition(1)]).toEqual([
    [2, 4],
    [1, 3, 5],
  ]);
});

test("what can't be decoded is piped with another codec, and is a dead letter with its bytes", async () => {
  const { driver, sink } = driverWithSink();
  const raw = { ...input, value: nullable(text) };
  const { deadLetters } = await driver.pipe(
    raw,
    ["1", '"x"', null, "{"].map((value) => ({ key: "a", value })),
  );
  expect(valuesOf(sink.messages)).toEqual([1]);
  expect(deadLetters.map(({ record, reason }) => [record.value?.toString(), reason])).toEqual([
    ['"x"', "no number"],
    [undefined, expect.stringContaining("tombstone")],
    ["{", expect.stringContaining("JSON")],
  ]);
  expect(driver.committed(input)).toEqual(new Map([[0, 4n]]));
});

describe("a failure", () => {
  const records = [1, 2, 3].map((value) => ({ key: "a", value }));

  test("that passes is tried again at once, with the same messages", async () => {
    const { driver, sink } = driverWithSink();
    sink.failNext(new RetriableError("away"), new RetriableError("away"));
    const { deadLetters } = await driver.pipe(input, records);
    expect(sink.batches.map(valuesOf)).toEqual([[1, 2], [3]]);
    expect(deadLetters).toEqual([]);
  });

  test("that doesn't pass in the attempts given ends the call, and is no poison", async () => {
    const driver = new TopologyTestDriver({ maxAttempts: 3 });
    let calls = 0;
    driver.dataframe(input).update(() => {
      calls += 1;
      throw new RetriableError("away");
    });
    await expect(driver.pipe(input, records)).rejects.toThrow(new FatalError("update failed 3 times: away"));
    expect(calls).toBe(3);
    expect(driver.committed(input)).toEqual(new Map());
  });

  test("that is fatal commits what was done before, and the rest comes again", async () => {
    const { driver, sink } = driverWithSink();
    sink.failNext(new BatchItemsError(new Map([[0, new Error("no ones")]])));
    await driver.pipe(input, records.slice(0, 2));
    sink.failNext(new FatalError("no such table"));
    await expect(driver.pipe(input, records.slice(2))).rejects.toThrow("no such table");
    expect(driver.committed(input)).toEqual(new Map([[0, 2n]]));
    await driver.pipe(input, [{ key: "a", value: 4 }]);
    expect(valuesOf(sink.messages)).toEqual([2, 3, 4]);
    expect(driver.committed(input)).toEqual(new Map([[0, 4n]]));
  });
});

test("a topic that no frame reads is the test's mistake", async () => {
  await expect(new TopologyTestDriver().pipe(input, [])).rejects.toThrow("No frame reads the topic input.");
});
