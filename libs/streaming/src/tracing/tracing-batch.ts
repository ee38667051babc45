import { type Attributes, type Context, ROOT_CONTEXT, type Span, trace } from "@opentelemetry/api";
import type { OutgoingRecord } from "../message.js";
import type { ConsumedRecord } from "../record.js";
import { hasPropagator, contextIn, linksTo, withCreation, withHeadersOf } from "./tracing-context.js";
import { inSpan, recordFailure, startSpan } from "./tracing.js";

interface BatchTraceOptions {
  readonly topic: string;
  readonly group: string | undefined;
  readonly records: readonly ConsumedRecord[];
}

/**
 * The "process" span of a batch of one topic's records. It links to the context of each; that of a single record is its
 * parent, too. What is made of a record goes on in the record's own trace and links to the batch, so a row's trace leads
 * from end to end though it was worked on together with others.
 */
export class BatchTrace {
  readonly #span: Span;
  readonly #parent: Context;
  /** Empty without a propagator. */
  readonly #contexts: ReadonlyMap<ConsumedRecord, Context>;

  constructor({ topic, group, records }: BatchTraceOptions) {
    this.#contexts = new Map(
      hasPropagator() ? records.map((record): [ConsumedRecord, Context] => [record, contextIn(record.headers)]) : [],
    );
    const [first] = records;
    const single = records.length === 1 ? first : undefined;
    this.#parent = (single && this.#contexts.get(single)) ?? ROOT_CONTEXT;
    this.#span = startSpan({
      name: "process",
      topic,
      attributes: {
        ...(group === undefined ? {} : { "messaging.consumer.group.name": group }),
        ...(single ? placeOf(single) : { "messaging.batch.message_count": records.length }),
      },
      links: [...this.#contexts].flatMap(([record, found]) => linksTo(found, placeOf(record))),
      parent: this.#parent,
    });
  }

  /** Works inside the span, and ends it. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return inSpan(this.#span, this.#parent, work);
  }

  poison(record: ConsumedRecord, error: Error): void {
    recordFailure(this.#span, error, placeOf(record));
  }

  /** The record with the headers of its trace. */
  made(record: OutgoingRecord, source: ConsumedRecord): OutgoingRecord {
    const own = this.#contexts.get(source);
    if (own === undefined) return withHeadersOf(source.headers, record);
    const ofBatch = trace.setSpan(own, this.#span);
    const belongsToBatch = this.#contexts.size === 1 || linksTo(own).length === 0;
    return belongsToBatch ? withCreation(record, ofBatch, []) : withCreation(record, own, linksTo(ofBatch));
  }
}

function placeOf({ partition, offset, value }: ConsumedRecord): Attributes {
  return {
    "messaging.destination.partition.id": String(partition),
    "messaging.kafka.offset": Number(offset),
    ...(value === null ? { "messaging.kafka.message.tombstone": true } : {}),
  };
}
