import type { KafkaConnection } from "@freshet/streaming/kafka/connection";

/** Says on stderr what goes wrong. */
export function benchConnection(brokers: string[]): KafkaConnection {
  const silent = () => undefined;
  const say = (details: object, message: string) => console.error(message, details);
  return { brokers, clientId: "bench", logger: { debug: silent, info: silent, warn: say, error: say } };
}
