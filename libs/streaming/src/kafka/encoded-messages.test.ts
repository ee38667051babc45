import { expect, test } from "vitest";
import { encodedMessages } from "./encoded-messages.js";

test("OpenTelemetry's instrumentation of kafkajs, which walks messages to make spans, finds none", () => {
  const walked: unknown[] = [];
  const messages = encodedMessages([{ partition: 0, count: 2, bytes: Buffer.alloc(20) }], () => undefined);
  messages.forEach((message) => walked.push(message));
  expect(walked).toEqual([]);
});
