import type { Headers, OutgoingRecord } from "./message.js";

const MAX_REASON_LENGTH = 1000;

export interface DeadLetterOptions {
  readonly deadLetterTopic: string;
  /** Where the record comes from or was to go; without partition and offset when it never lay in a topic. */
  readonly origin: { readonly topic: string; readonly partition?: number; readonly offset?: bigint };
  readonly key: Buffer | string | null;
  /** The original bytes; null for a tombstone, and where the body is what can't be sent. */
  readonly value: Buffer | string | null;
  readonly headers: Headers;
  readonly error: Error;
  /** How often it was tried. */
  readonly attempts: number;
  readonly time: Date;
}

/** The original key, value and headers, with what happened to them in headers beside. */
export function deadLetter(options: DeadLetterOptions): OutgoingRecord {
  const { deadLetterTopic, origin, key, value, headers, error, attempts, time } = options;
  return {
    topic: deadLetterTopic,
    key,
    value,
    headers: {
      ...headers,
      "freshet.dlq.topic": origin.topic,
      ...(origin.partition === undefined ? {} : { "freshet.dlq.partition": String(origin.partition) }),
      ...(origin.offset === undefined ? {} : { "freshet.dlq.offset": String(origin.offset) }),
      "freshet.dlq.reason": error.message.slice(0, MAX_REASON_LENGTH),
      "freshet.dlq.error-class": error.name,
      "freshet.dlq.attempts": String(attempts),
      "freshet.dlq.time": time.toISOString(),
    },
  };
}
