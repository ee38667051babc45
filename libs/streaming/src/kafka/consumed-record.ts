import type { IHeaders, KafkaMessage } from "kafkajs";
import type { Headers } from "../message.js";
import type { ConsumedRecord } from "../record.js";

export function toRecord(topic: string, partition: number, message: KafkaMessage): ConsumedRecord {
  const { key, value, headers, offset, timestamp } = message;
  return {
    topic,
    partition,
    offset: BigInt(offset),
    key,
    value,
    headers: headers === undefined ? {} : toHeaders(headers),
    timestamp: Number(timestamp),
    bytes: (key?.length ?? 0) + (value?.length ?? 0),
  };
}

/** Of a header that comes more than once the last counts, as in Kafka's own `lastHeader`. */
function toHeaders(headers: IHeaders): Headers {
  const known: Record<string, string> = {};
  for (const [name, given] of Object.entries(headers)) {
    const last = Array.isArray(given) ? given.at(-1) : given;
    if (last !== undefined) known[name] = last.toString();
  }
  return known;
}
