import { Kafka, type RetryOptions, logLevel } from "kafkajs";
import type { Logger } from "../logger.js";
import { createLogCreator } from "./log-creator.js";

export interface KafkaConnection {
  /** `host:port` of one or more brokers; the others are learnt from them. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly logger: Logger;
}

interface OpenOptions {
  /** After which an unanswered request is given up, in ms. */
  readonly requestTimeoutMs: number;
  readonly retry: RetryOptions;
}

const CONNECTION_TIMEOUT_MS = 5_000;
export const REQUEST_TIMEOUT_MS = 30_000;

/** A client of its own for each use: clients share offsets and retry settings between everything made of them. */
export function openKafka({ brokers, clientId, logger }: KafkaConnection, { requestTimeoutMs, retry }: OpenOptions) {
  return new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs,
    retry,
    logLevel: logLevel.INFO,
    logCreator: createLogCreator(logger),
  });
}
