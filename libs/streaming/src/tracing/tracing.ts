import { type Attributes, type Context, type Link, type Span, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { context, trace } from "@opentelemetry/api";

/** OpenTelemetry's operations on messages, and the kinds of their spans. */
const KINDS = { create: SpanKind.PRODUCER, send: SpanKind.CLIENT, process: SpanKind.CONSUMER };

interface Operation {
  readonly name: keyof typeof KINDS;
  /** Undefined when it is about several. */
  readonly topic: string | undefined;
  readonly attributes: Attributes;
  readonly links: Link[];
  readonly parent: Context;
}

/**
 * Starts a span by OpenTelemetry's conventions
 * (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans). Without an SDK it is one that does nothing.
 */
export function startSpan({ name, topic, attributes, links, parent }: Operation): Span {
  const options = {
    kind: KINDS[name],
    attributes: {
      "messaging.system": "kafka",
      "messaging.operation.name": name,
      "messaging.operation.type": name,
      ...(topic === undefined ? {} : { "messaging.destination.name": topic }),
      ...attributes,
    },
    links,
  };
  // Asked for each time, so that an SDK which is registered late is found.
  return trace
    .getTracer("@freshet/streaming")
    .startSpan(topic === undefined ? name : `${name} ${topic}`, options, parent);
}

/** Works inside the span, so that what is instrumented in there nests, and ends it. */
export async function inSpan<T>(span: Span, parent: Context, work: () => Promise<T>): Promise<T> {
  try {
    return await context.with(trace.setSpan(parent, span), work);
  } catch (error) {
    recordFailure(span, error instanceof Error ? error : new Error(String(error)));
    throw error;
  } finally {
    span.end();
  }
}

/** @param attributes of what has failed, when it isn't all that the span is about. */
export function recordFailure(span: Span, error: Error, attributes: Attributes = {}): void {
  span.addEvent("exception", {
    "exception.type": error.name,
    "exception.message": error.message,
    "exception.stacktrace": error.stack ?? "",
    ...attributes,
  });
  span.setAttribute("error.type", error.name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}
