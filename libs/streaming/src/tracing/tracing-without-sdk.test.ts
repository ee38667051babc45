import { expect, test } from "vitest";
import { text } from "../codecs.js";
import { TopologyTestDriver } from "../testing/topology-test-driver.js";
import type { Topic } from "../topic.js";

const LIMITS = { maxItems: 10, maxBytes: 1_000_000, maxWaitMs: 60_000 };
const input: Topic<string, string> = { name: "input", key: text, value: text };
const output: Topic<string, string> = { name: "output", key: text, value: text };
const carried = { traceparent: "00-1", tracestate: "a=1", baggage: "b=2" };
const records = [
  { key: "k", value: "one", headers: { ...carried, other: "stays behind" } },
  { key: "k", value: "two", headers: { traceparent: "00-2" } },
  { key: "k", value: "three" },
];

test("without an SDK what is made of a record has its trace headers, through batches and expansions", async () => {
  const driver = new TopologyTestDriver();
  driver
    .dataframe(input)
    .expand((value) => [`${value}.1`, `${value}.2`])
    .applyBatch((batch) => Promise.resolve(batch.map(({ value }) => value)), LIMITS)
    .toTopic(output);
  const { produced } = await driver.pipe(input, records);
  expect(produced(output).map(({ value, headers }) => [value, headers])).toEqual([
    ["one.1", carried],
    ["one.2", carried],
    ["two.1", { traceparent: "00-2" }],
    ["two.2", { traceparent: "00-2" }],
    ["three.1", {}],
    ["three.2", {}],
  ]);
});

test("a codec's own headers count", async () => {
  const driver = new TopologyTestDriver();
  const encode = (value: string) => ({ bytes: value, headers: { traceparent: "00-own", kind: "x" } });
  driver.dataframe(input).toTopic({ name: "output", value: { encode } });
  const { produced } = await driver.pipe(input, records.slice(0, 1));
  expect(produced(output)[0]?.headers).toEqual({ ...carried, traceparent: "00-own", kind: "x" });
});
