import type { Registry } from "prom-client";
import type { DeliveryChannel } from "../delivery-channel.js";
import { Delivery } from "../delivery.js";
import { StreamMetrics } from "../metrics.js";
import { QueuedDelivery } from "../queued-delivery.js";
import { Troubles } from "../troubles.js";
import { type KafkaConnection, REQUEST_TIMEOUT_MS } from "./connection.js";
import { IdempotentProducer } from "./record-producer.js";
import { KafkaTopicAdmin } from "./topic-admin.js";

export interface DeliveryChannelOptions {
  readonly connection: KafkaConnection;
  /** Of records offered and not yet acknowledged, about; default 16 MiB. */
  readonly maxBufferedBytes?: number;
  /** Where records go that are larger than their topic takes, without their bodies. */
  readonly deadLetterTopic: (topic: string) => string;
  readonly registry: Registry;
}

const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

/** @throws {RetriableError} when no broker answers. */
export async function openDeliveryChannel(options: DeliveryChannelOptions): Promise<DeliveryChannel> {
  const { connection, deadLetterTopic, registry, maxBufferedBytes = MAX_BUFFERED_BYTES } = options;
  const { logger } = connection;
  const metrics = new StreamMetrics(registry);
  const topics = new KafkaTopicAdmin(connection);
  await topics.connect();
  const producer = new IdempotentProducer({ connection, topics, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  return new QueuedDelivery({
    delivery: new Delivery({ producer, topics, deadLetterTopic, metrics }),
    troubles: new Troubles({ logger, metrics, group: "" }),
    logger,
    maxBufferedBytes,
    disconnect: async () => {
      await producer.close();
      await topics.close();
    },
  });
}
