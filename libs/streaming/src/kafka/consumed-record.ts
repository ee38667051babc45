import type { KafkaMessage } from "kafkajs";
import type { ConsumedRecord } from "../record.js";
import { consumedHeaders } from "./consumed-headers.js";

export function toRecord(topic: string, partition: number, message: KafkaMessage): ConsumedRecord {
  const { key, value, offset, timestamp } = message;
  const { headers, rawHeaders } = consumedHeaders(message.headers);
  return {
    topic,
    partition,
    offset: BigInt(offset),
    key,
    value,
    headers,
    rawHeaders,
    timestamp: Number(timestamp),
    bytes: (key?.length ?? 0) + (value?.length ?? 0),
  };
}
