import { Kafka, type RetryOptions, logLevel } from "kafkajs";
import type { Logger } from "../logger.js";
import { REAUTHENTICATION_THRESHOLD_MS } from "./security/access-token.js";
import { type Compression, registerCodecs } from "./compression/compression.js";
import { createLogCreator } from "./log-creator.js";
import { type KafkaSecurity, securityConfig } from "./security/security.js";

export interface KafkaConnection {
  /** `host:port` of one or more brokers; the others are learnt from them. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly logger: Logger;
  /** How the brokers are spoken to; PLAINTEXT when absent. */
  readonly security?: KafkaSecurity;
  /** Of what is produced; none when absent. */
  readonly compression?: Compression;
}

interface OpenOptions {
  /** After which an unanswered request is given up, in ms. */
  readonly requestTimeoutMs: number;
  readonly retry: RetryOptions;
}

const CONNECTION_TIMEOUT_MS = 5_000;
export const REQUEST_TIMEOUT_MS = 30_000;

/**
 * A client of its own for each use: clients share offsets and retry settings between everything made of them.
 *
 * @throws {FatalError} when a file or secret that `security` names can't be used.
 */
export function openKafka(connection: KafkaConnection, { requestTimeoutMs, retry }: OpenOptions) {
  registerCodecs();
  return new Kafka({
    brokers: [...connection.brokers],
    clientId: connection.clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs,
    reauthenticationThreshold: REAUTHENTICATION_THRESHOLD_MS,
    retry,
    logLevel: logLevel.INFO,
    logCreator: createLogCreator(connection.logger),
    ...securityConfig(connection.security),
  });
}
