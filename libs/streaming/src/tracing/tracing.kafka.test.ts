import { SpanKind } from "@opentelemetry/api";
import { randomName } from "@freshet/local-stack/testing";
import { expect, test, vi } from "vitest";
import { text } from "../codecs.js";
import { LIMITS, WAIT, createApplication, start } from "../testing/applications.js";
import { createTopic, produce } from "../testing/broker.js";
import { recordSpans, remoteTrace } from "../testing/recorded-spans.js";
import { RecordingSink } from "../testing/recording-sink.js";
import type { Topic } from "../topic.js";

const exporter = recordSpans();

test("a record's trace leads through the topics of two applications", async () => {
  const input: Topic<string, string> = {
    name: await createTopic(1),
    key: text,
    value: text,
  };
  const output: Topic<string, string> = {
    name: randomName("output"),
    key: text,
    value: text,
  };
  const first = createApplication();
  first
    .dataframe(input)
    .apply((value) => `${value}!`)
    .toTopic(output);
  const consumerGroup = randomName("group");
  const second = createApplication({ consumerGroup });
  const sink = new RecordingSink<string, string>();
  second.dataframe(output).sink(sink, LIMITS);
  start(first);
  start(second);

  const pass = async (headers: Record<string, string>) => {
    const before = sink.messages.length;
    await produce([{ topic: input.name, key: "k", value: "a", headers }]);
    await vi.waitUntil(() => sink.messages.length > before, WAIT);
    const ends = ["send", "process"].map((operation) => `${operation} ${output.name}`);
    const count = (wanted: string) => spans().filter(({ name }) => name === wanted).length;
    await vi.waitUntil(() => ends.every((name) => count(name) > before), WAIT);
  };
  const spans = () => exporter.getFinishedSpans();
  const { traceId, headers } = remoteTrace("1");
  await pass(headers);
  await pass({});

  // Ends come in any order: an application may be done with a record before its producer hears of the acknowledgement.
  const ofTrace = (wanted?: string) => {
    const found = spans().filter((span) => span.spanContext().traceId === wanted);
    const names = new Map(found.map((span) => [span.spanContext().spanId, span.name]));
    return found.map((span) => [span.name, span.kind, names.get(span.parentSpanContext?.spanId ?? "")]).sort();
  };
  const way = (origin?: string) => [
    [`create ${output.name}`, SpanKind.PRODUCER, `process ${input.name}`],
    [`process ${input.name}`, SpanKind.CONSUMER, origin],
    [`process ${output.name}`, SpanKind.CONSUMER, `create ${output.name}`],
    [`send ${input.name}`, SpanKind.CLIENT, origin],
    [`send ${output.name}`, SpanKind.CLIENT, `create ${output.name}`],
  ];
  expect(ofTrace(traceId)).toEqual(way().sort());
  const origin = `create ${input.name}`;
  const begun = spans().find(({ name }) => name === origin);
  expect(begun?.parentSpanContext).toBeUndefined();
  expect(ofTrace(begun?.spanContext().traceId)).toEqual(
    [[origin, SpanKind.PRODUCER, undefined], ...way(origin)].sort(),
  );
  const last = spans().findLast(({ name }) => name === `process ${output.name}`);
  expect(last?.attributes["messaging.consumer.group.name"]).toBe(consumerGroup);
});
