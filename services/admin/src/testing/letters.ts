import type { DeadLetterRecord } from "@freshet/streaming/dead-letter";

interface LetterParts {
  readonly topic?: string | null;
  readonly partition?: number;
  readonly offset?: bigint;
  readonly key?: Buffer | string | null;
  readonly hasBody?: boolean;
  readonly errorClass?: string;
}

/** A dead letter without its story. */
export function letter(parts: LetterParts = {}): DeadLetterRecord {
  const { topic = "orders", partition = 0, offset = 0n, key = null, hasBody = true, errorClass = "Error" } = parts;
  return {
    record: {
      ...{ topic: `dlq.${topic}`, partition: 0, offset: 0n, headers: {}, rawHeaders: [], timestamp: 0, bytes: 0 },
      key: typeof key === "string" ? Buffer.from(key) : key,
      value: null,
    },
    origin: { topic, partition, offset },
    ...{ hasBody, headers: [], reason: null, errorClass, attempts: 1, time: 0 },
  };
}
