import { ROOT_CONTEXT, context } from "@opentelemetry/api";
import type { OutgoingRecord } from "../message.js";
import type { AddressedRecord } from "../record-producer.js";
import { contextIn, hasPropagator, linksTo, withCreation } from "./tracing-context.js";
import { inSpan, startSpan } from "./tracing.js";

/**
 * A record that isn't made of a consumed one begins a trace, which links to the span that is active. That isn't its parent:
 * what reads from a connection runs in the context that opened it, and would have one trace for all its life.
 */
export function traced(record: OutgoingRecord): OutgoingRecord {
  return hasPropagator() ? withCreation(record, ROOT_CONTEXT, linksTo(context.active())) : record;
}

/**
 * The "send" span of what travels to the broker together, with its retries. It links to the context of each record; that
 * of a single record is its parent, too.
 */
export function tracedSend(records: readonly AddressedRecord[], send: () => Promise<void>): Promise<void> {
  const [first] = records;
  const topic = first?.record.topic;
  const contexts = hasPropagator() ? records.map(({ record }) => contextIn(record.headers)) : [];
  const isSingle = records.length === 1;
  const parent = (isSingle ? contexts[0] : undefined) ?? ROOT_CONTEXT;
  const attributes =
    isSingle && first !== undefined
      ? { "messaging.destination.partition.id": String(first.partition) }
      : { "messaging.batch.message_count": records.length };
  const span = startSpan({
    name: "send",
    topic: records.every(({ record }) => record.topic === topic) ? topic : undefined,
    attributes,
    links: contexts.flatMap((each) => linksTo(each)),
    parent,
  });
  return inSpan(span, parent, send);
}
