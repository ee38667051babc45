// #region run
import { Application } from "@freshet/streaming/application";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import type { Registry } from "prom-client";
import { orderTotals } from "./order-totals.js";
import { orders, totals } from "./orders.js";

export interface RunOptions {
  /** `{ brokers: ["127.0.0.1:9092"], clientId: "order-totals", logger }`, with pino or something like it as logger. */
  readonly connection: KafkaConnection;
  readonly consumerGroup: string;
  /** Where the metrics are kept. */
  readonly registry: Registry;
  /** Aborted by SIGTERM, say. */
  readonly signal: AbortSignal;
}

/** Resolves when it was told to stop and has committed what it has done; rejects when a person has to act. */
export async function runOrderTotals(
  { connection, consumerGroup, registry, signal }: RunOptions,
  topics = { orders, totals },
): Promise<void> {
  const app = new Application({
    connection,
    registry,
    consumerGroup,
    sessionTimeoutMs: 10_000,
    deadLetterTopic: (topic) => `dlq.${topic}`,
  });
  orderTotals(app, topics);
  await app.run({ signal });
}
// #endregion
