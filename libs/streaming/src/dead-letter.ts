import { type Header, type OutgoingHeaders, type OutgoingRecord, type RawHeader, listHeaders } from "./message.js";
import type { ConsumedRecord } from "./record.js";
import type { TopicSpec } from "./topic-admin.js";

const MAX_REASON_LENGTH = 1000;
const PREFIX = "freshet.dlq.";
const LEFT_OUT = "left-out";

export interface DeadLetterOptions {
  readonly deadLetterTopic: string;
  /** Where the record comes from or was to go; without partition and offset when it never lay in a topic. */
  readonly origin: { readonly topic: string; readonly partition?: number; readonly offset?: bigint };
  readonly key: Buffer | string | null;
  /** The original bytes; null for a tombstone. */
  readonly value: Buffer | string | null;
  /** The broker doesn't take the body even here. Default: false. */
  readonly leavesOutBody?: boolean;
  readonly headers: OutgoingHeaders;
  readonly error: Error;
  /** How often it was tried. */
  readonly attempts: number;
  readonly time: Date;
}

/**
 * One partition, kept until somebody has dealt with what is in it, and room for the headers beside a record that was as
 * large as its own topic takes.
 */
export function deadLetterTopicSpec(name: string): TopicSpec {
  return { name, partitions: 1, config: { "retention.ms": "-1", "max.message.bytes": String(16 * 1024 * 1024) } };
}

/** The original key, value and headers, with what happened to them in headers behind. */
export function deadLetter(options: DeadLetterOptions): OutgoingRecord {
  const { deadLetterTopic, origin, key, value, leavesOutBody = false, headers, error, attempts, time } = options;
  const happened: Record<string, string | undefined> = {
    topic: origin.topic,
    partition: origin.partition?.toString(),
    offset: origin.offset?.toString(),
    reason: error.message.slice(0, MAX_REASON_LENGTH),
    "error-class": error.name,
    attempts: String(attempts),
    time: time.toISOString(),
    body: leavesOutBody ? LEFT_OUT : undefined,
  };
  const own = Object.entries(happened).flatMap(([name, text]): Header[] =>
    text === undefined ? [] : [[PREFIX + name, text]],
  );
  // One that fails again after a replay tells of the last time.
  const original = listHeaders(headers).filter(isOriginal);
  return { topic: deadLetterTopic, key, value: leavesOutBody ? null : value, headers: [...original, ...own] };
}

/** A dead letter as it lies in its topic. What another program has written there may tell less. */
export interface DeadLetterRecord {
  readonly record: ConsumedRecord;
  readonly origin: { readonly topic: string | null; readonly partition: number | null; readonly offset: bigint | null };
  /** False when the record's value isn't the original, which was too large. */
  readonly hasBody: boolean;
  /** Without those that tell what happened. */
  readonly headers: readonly RawHeader[];
  readonly reason: string | null;
  readonly errorClass: string | null;
  readonly attempts: number | null;
  /** When it failed, in ms since the Unix epoch. */
  readonly time: number;
}

export function readDeadLetter(record: ConsumedRecord): DeadLetterRecord {
  const told = (name: string) => record.headers[PREFIX + name] ?? null;
  const digits = (name: string) => /^\d{1,18}$/.exec(told(name) ?? "")?.[0] ?? null;
  const [partition, offset, attempts] = [digits("partition"), digits("offset"), digits("attempts")];
  const time = Date.parse(told("time") ?? "");
  return {
    record,
    origin: {
      topic: told("topic"),
      partition: partition === null ? null : Number(partition),
      offset: offset === null ? null : BigInt(offset),
    },
    hasBody: told("body") !== LEFT_OUT,
    headers: [...record.rawHeaders].filter(isOriginal),
    reason: told("reason"),
    errorClass: told("error-class"),
    attempts: attempts === null ? null : Number(attempts),
    time: Number.isNaN(time) ? record.timestamp : time,
  };
}

function isOriginal([name]: Header): boolean {
  return !name.startsWith(PREFIX);
}
