import { type Attributes, type Context, type Link, ROOT_CONTEXT, type TextMapGetter } from "@opentelemetry/api";
import { isSpanContextValid, propagation, trace } from "@opentelemetry/api";
import { type Headers, type OutgoingHeaders, type OutgoingRecord, listHeaders } from "../message.js";
import { startSpan } from "./tracing.js";

/** https://www.w3.org/TR/trace-context and https://www.w3.org/TR/baggage. */
const W3C_HEADERS = ["traceparent", "tracestate", "baggage"];

/** Whether a propagator is registered, as an SDK does: only then a span's context gets into headers at all. */
export function hasPropagator(): boolean {
  return propagation.fields().length > 0;
}

/** What the registered propagator finds in a record's headers. */
export function contextIn(headers: OutgoingHeaders = {}): Context {
  return propagation.extract(ROOT_CONTEXT, headers, GETTER);
}

const GETTER: TextMapGetter<OutgoingHeaders> = {
  keys: (headers) => listHeaders(headers).map(([name]) => name),
  get: (headers, wanted) =>
    listHeaders(headers)
      .findLast(([name]) => name === wanted)?.[1]
      ?.toString(),
};

function withHeaders(record: OutgoingRecord, added: Headers): OutgoingRecord {
  const { headers: own = {} } = record;
  // Of those with the same name the last counts.
  const headers = Symbol.iterator in own ? [...Object.entries(added), ...own] : { ...added, ...own };
  return { ...record, headers };
}

/** None when the context has no span. */
export function linksTo(given: Context, attributes?: Attributes): Link[] {
  const found = trace.getSpanContext(given);
  if (found === undefined || !isSpanContextValid(found)) return [];
  return [attributes === undefined ? { context: found } : { context: found, attributes }];
}

/** Without a propagator: the headers of the consumed record as they are. What the record says itself counts. */
export function withHeadersOf(source: Headers, record: OutgoingRecord): OutgoingRecord {
  const names = W3C_HEADERS.filter((name) => source[name] !== undefined);
  if (names.length === 0) return record;
  const carried = Object.fromEntries(names.map((name) => [name, source[name] ?? ""]));
  return withHeaders(record, carried);
}

/**
 * With a propagator: makes a "create" span, whose context travels with the record, so that each record of a batch has
 * its own. A record whose headers name a context already keeps that.
 */
export function withCreation(record: OutgoingRecord, parent: Context, links: Link[]): OutgoingRecord {
  const { topic, value, partition, headers } = record;
  if (linksTo(contextIn(headers)).length > 0) return record;
  const attributes = {
    ...(partition === undefined ? {} : { "messaging.destination.partition.id": String(partition) }),
    ...(value === null ? { "messaging.kafka.message.tombstone": true } : {}),
  };
  const span = startSpan({ name: "create", topic, attributes, links, parent });
  span.end();
  const injected: Record<string, string> = {};
  propagation.inject(trace.setSpan(parent, span), injected);
  return withHeaders(record, injected);
}
