import { ROOT_CONTEXT, SpanKind, SpanStatusCode, context, propagation, trace } from "@opentelemetry/api";
import { beforeEach, expect, test } from "vitest";
import { text } from "../codecs.js";
import { FatalError } from "../errors.js";
import { recordSpans, remoteTrace, traceparentOf } from "../testing/recorded-spans.js";
import { TopologyTestDriver } from "../testing/topology-test-driver.js";
import type { Topic } from "../topic.js";
import { traced } from "./tracing-send.js";

const input: Topic<string, string> = { name: "input", key: text, value: text };
const output: Topic<string, string> = {
  name: "output",
  key: text,
  value: text,
};
const messaging = (operation: string, topic: string) => ({
  "messaging.system": "kafka",
  "messaging.operation.name": operation,
  "messaging.operation.type": operation,
  "messaging.destination.name": topic,
});
const place = (offset: number) => ({
  "messaging.destination.partition.id": "0",
  "messaging.kafka.offset": offset,
});

const exporter = recordSpans();
beforeEach(() => exporter.reset());

function spans(operation: string) {
  return exporter.getFinishedSpans().filter(({ name }) => name.startsWith(operation));
}

function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined || items.length > 1) throw new RangeError(`${items.length} instead of one`);
  return item;
}

test("a batch has a span that links to its records, and what is made of each goes on in that one's trace", async () => {
  const [one, two] = [remoteTrace("1"), remoteTrace("2")];
  const driver = new TopologyTestDriver();
  const active: unknown[] = [];
  driver
    .dataframe(input)
    .update(async () => {
      await Promise.resolve();
      active.push(trace.getActiveSpan()?.spanContext());
    })
    .toTopic(output);
  const { produced } = await driver.pipe(input, [
    { key: "k", value: "a", headers: one.headers },
    { key: "k", value: "b", headers: two.headers },
    { key: "k", value: "c" },
  ]);

  const process = only(spans("process"));
  expect(process).toMatchObject({
    name: "process input",
    kind: SpanKind.CONSUMER,
    parentSpanContext: undefined,
  });
  expect(process.attributes).toEqual({
    ...messaging("process", "input"),
    "messaging.batch.message_count": 3,
  });
  expect(process.links).toMatchObject([
    {
      context: { traceId: one.traceId, spanId: one.spanId },
      attributes: place(0),
    },
    {
      context: { traceId: two.traceId, spanId: two.spanId },
      attributes: place(1),
    },
  ]);
  expect(process.status.code).toBe(SpanStatusCode.UNSET);
  expect(active).toEqual([process.spanContext(), process.spanContext(), process.spanContext()]);

  const creates = spans("create");
  const { traceId, spanId } = process.spanContext();
  const ofBatch = [{ context: { traceId, spanId } }];
  expect(creates).toMatchObject([
    {
      name: "create output",
      kind: SpanKind.PRODUCER,
      parentSpanContext: { spanId: one.spanId },
      links: ofBatch,
    },
    {
      name: "create output",
      kind: SpanKind.PRODUCER,
      parentSpanContext: { spanId: two.spanId },
      links: ofBatch,
    },
    {
      name: "create output",
      kind: SpanKind.PRODUCER,
      parentSpanContext: { spanId },
      links: [],
    },
  ]);
  expect(creates.map((each) => each.spanContext().traceId)).toEqual([one.traceId, two.traceId, traceId]);
  expect(creates[0]?.attributes).toEqual({
    ...messaging("create", "output"),
    "messaging.destination.partition.id": "0",
  });
  expect(produced(output).map(({ headers }) => headers["traceparent"])).toEqual(
    creates.map((each) => traceparentOf(each.spanContext())),
  );
});

test("a single record's context is the parent of its processing, and its baggage goes along", async () => {
  const { traceId, spanId, headers } = remoteTrace("1");
  const driver = new TopologyTestDriver();
  const baggage: unknown[] = [];
  driver
    .dataframe(input)
    .update(() => void baggage.push(propagation.getActiveBaggage()?.getEntry("tenant")?.value))
    .toTopic(output);
  const { produced } = await driver.pipe(input, [
    {
      key: "k",
      value: "a",
      headers: { ...headers, baggage: "tenant=blue", tracestate: "vendor=x" },
    },
  ]);
  const process = only(spans("process"));
  expect(process.spanContext().traceId).toBe(traceId);
  expect(process).toMatchObject({
    parentSpanContext: { spanId },
    links: [{ context: { spanId } }],
  });
  expect(process.attributes).toEqual({
    ...messaging("process", "input"),
    ...place(0),
  });
  expect(baggage).toEqual(["blue"]);
  const create = only(spans("create"));
  expect(create).toMatchObject({
    parentSpanContext: { spanId: process.spanContext().spanId },
    links: [],
  });
  expect(produced(output)[0]?.headers).toEqual({
    traceparent: traceparentOf(create.spanContext()),
    baggage: "tenant=blue",
    tracestate: "vendor=x",
  });
});

test("a codec that names a context keeps it, and no span is made for it", async () => {
  const own = remoteTrace("9").headers;
  const driver = new TopologyTestDriver();
  driver.dataframe(input).toTopic({
    name: "output",
    value: { encode: (value: string) => ({ bytes: value, headers: own }) },
  });
  const { produced } = await driver.pipe(input, [{ key: "k", value: "a", headers: remoteTrace("1").headers }]);
  expect(produced(output)[0]?.headers).toEqual(own);
  expect(spans("create")).toEqual([]);
});

test("a record that is offered inside a span begins a trace of its own, with a link, unless it names one", () => {
  const active = remoteTrace("1");
  const offer = (headers: Record<string, string>) =>
    context.with(propagation.extract(ROOT_CONTEXT, active.headers), () =>
      traced({ topic: "output", key: null, value: null, headers }),
    );
  const record = offer({ kind: "x" });
  const create = only(spans("create"));
  expect(create).toMatchObject({
    parentSpanContext: undefined,
    links: [{ context: { traceId: active.traceId } }],
  });
  expect(create.attributes).toEqual({
    ...messaging("create", "output"),
    "messaging.kafka.message.tombstone": true,
  });
  expect(record.headers).toEqual({
    kind: "x",
    traceparent: traceparentOf(create.spanContext()),
  });
  expect(offer(remoteTrace("2").headers).headers).toEqual(remoteTrace("2").headers);
  expect(spans("create")).toHaveLength(1);
});

test("poison and what ends the application are failures of the batch's span", async () => {
  const driver = new TopologyTestDriver();
  driver.dataframe(input).update((value) => {
    if (value === "poison") throw new TypeError("no good");
    if (value === "fatal") throw new FatalError("call somebody");
  });
  const pipe = (...values: string[]) =>
    driver.pipe(
      input,
      values.map((value) => ({ key: "k", value })),
    );
  await pipe("good", "poison");
  await expect(pipe("fatal")).rejects.toThrow(FatalError);
  const [poisoned, failed] = spans("process");
  expect(poisoned).toMatchObject({
    status: { code: SpanStatusCode.ERROR, message: "no good" },
    attributes: { "error.type": "TypeError" },
    events: [
      {
        name: "exception",
        attributes: { ...place(1), "exception.message": "no good" },
      },
    ],
  });
  expect(failed).toMatchObject({
    status: { code: SpanStatusCode.ERROR, message: "call somebody" },
    attributes: { "error.type": "FatalError" },
    ended: true,
  });
});
