import type { Registry } from "prom-client";
import type { DeliveryChannel } from "../delivery-channel.js";
import { Delivery } from "../delivery/delivery.js";
import { StreamMetrics } from "../metrics.js";
import type { RequestGate } from "../request-gate.js";
import { QueuedDelivery } from "../delivery/queued-delivery.js";
import { Troubles } from "../troubles.js";
import type { KafkaConnection } from "./connection.js";
import { IdempotentProducer } from "./record-producer.js";
import { KafkaTopicAdmin } from "./topic-admin.js";

export interface DeliveryChannelOptions {
  readonly connection: KafkaConnection;
  /** Of records offered and not yet acknowledged, about; default 2 MiB. */
  readonly maxBufferedBytes?: number;
  /** Where records go that are larger than their topic takes, without their bodies. */
  readonly deadLetterTopic: (topic: string) => string;
  readonly registry: Registry;
  /** Self-fencing: asked before each send, which is tried again for as long as the gate throws. */
  readonly gate?: RequestGate;
}

/**
 * One send on its way, and one that gathers. What waits longer outlives the young generation, and so costs several times
 * its size in memory.
 */
const MAX_BUFFERED_BYTES = 2 * 1024 * 1024;
/** Of one send; short, because a gate lets a send start only when it ends before the session may lapse. */
const SEND_TIMEOUT_MS = 10_000;

/** @throws {RetriableError} when no broker answers. */
export async function openDeliveryChannel(options: DeliveryChannelOptions): Promise<DeliveryChannel> {
  const { connection, deadLetterTopic, registry, gate, maxBufferedBytes = MAX_BUFFERED_BYTES } = options;
  const { logger } = connection;
  const metrics = new StreamMetrics(registry);
  const topics = new KafkaTopicAdmin(connection);
  await topics.connect();
  const producer = new IdempotentProducer({ connection, topics, requestTimeoutMs: SEND_TIMEOUT_MS });
  return new QueuedDelivery({
    delivery: new Delivery({ producer, topics, deadLetterTopic, metrics }),
    troubles: new Troubles({ logger, metrics, group: "" }),
    logger,
    maxBufferedBytes,
    ...(gate ? { gate } : {}),
    disconnect: async () => {
      await producer.close();
      await topics.close();
    },
  });
}
