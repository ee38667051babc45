import { type SpanContext, type TextMapPropagator, context, propagation, trace } from "@opentelemetry/api";
import { createTraceState } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterAll } from "vitest";

/** Registers an SDK, until the file's tests are over, that keeps the spans that have ended. */
export function recordSpans(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(exporter)];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(W3C);
  afterAll(() => {
    for (const api of [trace, context, propagation]) api.disable();
  });
  return exporter;
}

/** A sampled trace from elsewhere. @param digit which repeats in its ids. */
export function remoteTrace(digit: string): {
  traceId: string;
  spanId: string;
  headers: { traceparent: string };
} {
  const [traceId, spanId] = [digit.repeat(32), digit.repeat(16)];
  return {
    traceId,
    spanId,
    headers: { traceparent: `00-${traceId}-${spanId}-01` },
  };
}

export function traceparentOf({ traceId, spanId }: SpanContext): string {
  return `00-${traceId}-${spanId}-01`;
}

/** As much of the formats as tests use; the API alone brings no propagator. */
const W3C: TextMapPropagator = {
  fields: () => ["traceparent", "tracestate", "baggage"],
  inject(given, carrier, setter) {
    const span = trace.getSpanContext(given);
    if (span !== undefined) setter.set(carrier, "traceparent", traceparentOf(span));
    if (span?.traceState !== undefined) setter.set(carrier, "tracestate", span.traceState.serialize());
    const entries = propagation.getBaggage(given)?.getAllEntries() ?? [];
    if (entries.length > 0)
      setter.set(carrier, "baggage", entries.map(([name, { value }]) => `${name}=${value}`).join());
  },
  extract(given, carrier, getter) {
    const header = (name: string) => String(getter.get(carrier, name) ?? "");
    const [, traceId, spanId, flags] = header("traceparent").split("-");
    const entries = header("baggage").matchAll(/(\w+)=(\w+)/g);
    const baggage = Object.fromEntries([...entries].map(([, name = "", value = ""]) => [name, { value }]));
    const found = propagation.setBaggage(given, propagation.createBaggage(baggage));
    if (traceId === undefined || spanId === undefined) return found;
    const [traceFlags, state] = [Number(flags), header("tracestate")];
    const span = { traceId, spanId, traceFlags, isRemote: true };
    return trace.setSpanContext(found, state === "" ? span : { ...span, traceState: createTraceState(state) });
  },
};
