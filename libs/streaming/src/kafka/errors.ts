import kafkajs from "kafkajs";
import { FatalError, RetriableError } from "../errors.js";
import type { KafkaConnection } from "./connection.js";
import { closedConnection, refusedConnection } from "./connection-refusals.js";

// Node finds no error class among the named exports of kafkajs' CommonJS.
const { KafkaJSError, KafkaJSNonRetriableError, KafkaJSProtocolError } = kafkajs;

/** What was being done, for the sentence that a person reads. */
export interface Doing {
  readonly connection: Pick<KafkaConnection, "brokers" | "security">;
  readonly topics?: readonly string[];
  readonly group?: string;
}

/** Temporary although kafkajs calls them not retriable, by name. */
const TEMPORARY = new Set([
  "KafkaJSGroupCoordinatorNotFound",
  "KafkaJSLockTimeout",
  "KafkaJSTimeout",
  // kafkajs reads metadata that it has just thrown away when a broker goes.
  "TypeError",
]);

/** Temporary although kafkajs calls them not retriable: the work is done again with a new producer, member or request. */
const TEMPORARY_TYPES = new Set([
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "UNKNOWN_PRODUCER_ID",
  "INVALID_PRODUCER_EPOCH",
  "DUPLICATE_SEQUENCE_NUMBER",
  "CONCURRENT_TRANSACTIONS",
  "INVALID_PRODUCER_ID_MAPPING",
  "INVALID_TXN_STATE",
  "PRODUCER_FENCED",
  "TRANSACTION_COORDINATOR_FENCED",
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
  "REBALANCE_IN_PROGRESS",
  "GROUP_MAX_SIZE_REACHED",
  "TOPIC_ALREADY_EXISTS",
  "INVALID_REPLICATION_FACTOR",
  "THROTTLING_QUOTA_EXCEEDED",
]);

/** A leader or coordinator is being chosen or is new, which is a matter of moments. */
const MOVING_TYPES = new Set([
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_FOR_PARTITION",
  "GROUP_LOAD_IN_PROGRESS",
  "GROUP_COORDINATOR_NOT_AVAILABLE",
  "NOT_COORDINATOR_FOR_GROUP",
  "NOT_CONTROLLER",
]);

/** kafkajs wraps errors in one another; what happened is at the bottom. */
function rootCause(error: Error): Error {
  return error.cause instanceof Error ? rootCause(error.cause) : error;
}

/** One that was thrown inside of kafkajs: by a codec, or by what gives tokens. */
function ownError(error: Error): Error | undefined {
  if (error instanceof RetriableError || error instanceof FatalError) return error;
  return error.cause instanceof Error ? ownError(error.cause) : undefined;
}

/** Kafka's name of a refusal, such as `MESSAGE_TOO_LARGE`. */
export function protocolType(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const cause = rootCause(error);
  return cause instanceof KafkaJSProtocolError ? cause.type : undefined;
}

/** Also where kafkajs has stumbled over metadata that it doesn't have yet, or not any more. */
export function isMoving(error: unknown): boolean {
  return (
    MOVING_TYPES.has(protocolType(error) ?? "") || (error instanceof Error && rootCause(error).name === "TypeError")
  );
}

/** kafkajs' way of saying that a consumer or producer isn't running any more. */
export function isNotRunning(error: unknown): boolean {
  return error instanceof KafkaJSNonRetriableError;
}

export function noBroker({ brokers }: Pick<KafkaConnection, "brokers">): string {
  return `No Kafka broker answers at ${brokers.join(", ")}; start it or set FRESHET_KAFKA_BROKERS.`;
}

/** kafkajs' error as one of ours: retriable or fatal, decided here once, with a sentence that says what to do. */
export function translated(error: unknown, doing: Doing): Error {
  if (!(error instanceof Error)) return new FatalError(String(error));
  const own = ownError(error);
  if (own !== undefined) return own;
  const cause = rootCause(error);
  const type = protocolType(cause);
  const refusal = (type === undefined ? undefined : refused(type, doing)) ?? refusedConnection(cause, doing.connection);
  if (refusal !== undefined) return new FatalError(refusal, { cause: error });
  if (type === "UNKNOWN_TOPIC_OR_PARTITION") return new RetriableError(missing(doing), { cause: error });
  if (isUnreachable(cause)) {
    const sentence = closedConnection(cause, doing.connection) ?? noBroker(doing.connection);
    return new RetriableError(sentence, { cause: error });
  }
  const temporary =
    TEMPORARY.has(cause.name) ||
    (type !== undefined && TEMPORARY_TYPES.has(type)) ||
    (cause instanceof KafkaJSError && cause.retriable);
  const message = `Kafka at ${doing.connection.brokers.join(", ")}${about(doing)}: ${cause.message}`;
  return temporary ? new RetriableError(message, { cause: error }) : new FatalError(message, { cause: error });
}

function isUnreachable({ name }: Error): boolean {
  return (
    name === "KafkaJSConnectionError" ||
    name === "KafkaJSConnectionClosedError" ||
    name === "KafkaJSBrokerNotFound" ||
    name === "KafkaJSNoBrokerAvailableError" ||
    // Only a login that was broken off: one that was refused is no longer here.
    name === "KafkaJSSASLAuthenticationError"
  );
}

/** What a person has to change; undefined for anything else. */
function refused(type: string, doing: Doing): string | undefined {
  switch (type) {
    case "TOPIC_AUTHORIZATION_FAILED":
      return `Kafka refuses this client access to ${topicNames(doing)}: grant it Describe, and Read or Write.`;
    case "GROUP_AUTHORIZATION_FAILED":
      return `Kafka refuses this client the consumer group ${doing.group ?? ""}: grant it Read on the group.`;
    case "TRANSACTIONAL_ID_AUTHORIZATION_FAILED":
      return "Kafka refuses this client its transactional ids: grant it Describe and Write on the group's name as a prefix.";
    case "CLUSTER_AUTHORIZATION_FAILED":
      return `Kafka refuses what this client asks of the cluster${about(doing)}: grant it Create, or make the topics.`;
    case "INVALID_SESSION_TIMEOUT":
      return "The session time-out is outside of the broker's group.min.session.timeout.ms and group.max.session.timeout.ms.";
    case "INCONSISTENT_GROUP_PROTOCOL":
      return `The consumer group ${doing.group ?? ""} is in use by another kind of client; choose another name.`;
    default:
      return undefined;
  }
}

function missing(doing: Doing): string {
  return `There is no ${topicNames(doing)} on ${doing.connection.brokers.join(", ")} (yet); create it if nobody else does.`;
}

function topicNames({ topics = [] }: Doing): string {
  return `topic ${topics.join(" or ")}`;
}

function about({ topics, group }: Doing): string {
  if (group !== undefined) return `, group ${group}`;
  return topics === undefined ? "" : `, ${topicNames({ topics, connection: { brokers: [] } })}`;
}
