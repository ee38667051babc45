import type { Producer } from "kafkajs";
import { type AddressedRecord, SendTooLargeError } from "../record-producer.js";
import type { RequestGate } from "../request-gate.js";
import { compressionType } from "./compression/compression.js";
import type { KafkaConnection } from "./connection.js";
import { encodedMessages } from "./encoded-messages.js";
import { encodedByTopic, requireAll } from "./encoded-partitions.js";
import { protocolType, translated } from "./errors.js";

export interface SendOptions {
  /** In ms. */
  readonly requestTimeoutMs: number;
  /** Asked before each attempt whether it still fits before the session may lapse. */
  readonly gate: RequestGate | undefined;
  readonly connection: KafkaConnection;
}

/**
 * One produce request, acknowledged by all in-sync replicas.
 *
 * @throws {SendTooLargeError} @throws {RetriableError} @throws {FatalError}
 */
export async function sendRecords(
  producer: Pick<Producer, "sendBatch">,
  records: readonly AddressedRecord[],
  { requestTimeoutMs, gate, connection }: SendOptions,
): Promise<void> {
  const topics = encodedByTopic(records);
  // Also in the attempts that kafkajs makes by itself: the last moment to stop a late one.
  const askGate = () => gate?.check(requestTimeoutMs);
  try {
    const acknowledged = await producer.sendBatch({
      acks: -1,
      timeout: requestTimeoutMs,
      compression: compressionType(connection.compression),
      topicMessages: [...topics].map(([topic, partitions]) => ({
        topic,
        messages: encodedMessages(partitions, askGate),
      })),
    });
    requireAll(topics, acknowledged);
  } catch (error) {
    const type = protocolType(error);
    if (type === "MESSAGE_TOO_LARGE" || type === "RECORD_LIST_TOO_LARGE") {
      const names = [...topics.keys()].join(" or ");
      throw new SendTooLargeError(`Topic ${names} takes no message this large (max.message.bytes).`);
    }
    throw translated(error, { connection, topics: [...topics.keys()] });
  }
}
