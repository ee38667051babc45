import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { Registry } from "prom-client";
import { type Broker, PARTITIONS } from "./broker.js";
import { benchConnection } from "./connection.js";
import { rowKey, rowText } from "./rows.js";

/** A topic in which so many rows wait, in turn on all partitions. */
export async function fillTopic(broker: Broker, rows: number, bytes: number): Promise<string> {
  const topic = await broker.createTopic();
  const channel = await openDeliveryChannel({
    connection: benchConnection(broker.brokers),
    deadLetterTopic: (origin) => `dlq.${origin}`,
    registry: new Registry(),
  });
  for (let id = 0; id < rows; id++) {
    channel.offer({ topic, key: rowKey(id), value: rowText(id, bytes), partition: id % PARTITIONS });
    if (channel.isFull) await channel.ready();
  }
  await channel.flush();
  await channel.close(CLOSE_TIMEOUT_MS);
  return topic;
}

const CLOSE_TIMEOUT_MS = 5_000;
