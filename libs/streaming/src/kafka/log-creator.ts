import { type LogEntry, logLevel } from "kafkajs";
import type { Logger } from "../logger.js";

/**
 * What kafkajs logs as an error or a warning although it goes on by itself, or although whoever called it reports the
 * failure anyway (each of ours is logged once, in a sentence of its own).
 */
const FALSE_ALARMS = [
  /coordinator is loading|coordinator is not available|not the correct coordinator/i,
  /rebalanc|re-joining|resync group|not aware of this member/i,
  // Every refusal of the broker; whoever asked reports it.
  /^Response |^SASL .* failed|Limiting retries for the idempotent producer/,
  /Connection error|Connection timeout|Closed connection|Failed to connect|No broker available|disconnected/i,
  /does not host this topic-partition|no leader for this topic-partition|leadership election|not the leader/i,
  /Failed to send messages|Restarting the consumer|^Crash: /,
  // Our own gate, which kafkajs passes on.
  /answer to a heartbeat|answered a heartbeat|partitions of this batch are lost/,
  /request timed out|Request .* timed out/i,
];

/** Where kafkajs logs whatever it then rejects a connection with. */
const CONNECTING = "BrokerPool";

/** kafkajs' messages in our log: its information is our debugging, and so are its false alarms. */
export function createLogCreator(logger: Logger) {
  return () =>
    ({ namespace, level, log }: LogEntry): void => {
      const { message, ...details } = log;
      const falseAlarm =
        namespace === CONNECTING ||
        FALSE_ALARMS.some((pattern) => pattern.test(`${message} ${String(details.error ?? "")}`));
      const write = falseAlarm || level > logLevel.WARN ? "debug" : level === logLevel.WARN ? "info" : "warn";
      logger[write]({ client: "kafkajs", namespace, ...details, timestamp: undefined }, message);
    };
}
