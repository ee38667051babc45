import { type KafkaServer, startKafka } from "@freshet/local-stack/kafka";
import { randomName } from "@freshet/local-stack/testing";
import { kafkaBrokers } from "@freshet/local-stack/testing";
import { onTestFinished } from "vitest";
import { openDeliveryChannel } from "../kafka/delivery-channel.js";
import type { KafkaConnection } from "../kafka/connection.js";
import { connectTopicAdmin } from "../kafka/topic-admin.js";
import type { Logger } from "../logger.js";
import type { OutgoingRecord } from "../message.js";
import type { TopicAdmin } from "../topic-admin.js";
import type { Codec, Topic } from "../topic.js";
import { Registry } from "prom-client";

const silent = () => undefined;
export const silentLogger: Logger = { debug: silent, info: silent, warn: silent, error: silent };

export const deadLetterTopic = (topic: string) => `dlq.${topic}`;

export function testConnection(logger = silentLogger): KafkaConnection {
  return { brokers: kafkaBrokers(), clientId: randomName("client"), logger };
}

export async function testAdmin(): Promise<TopicAdmin> {
  const admin = await connectTopicAdmin(testConnection());
  onTestFinished(() => admin.close());
  return admin;
}

/** A broker that a test may pause and kill. */
export async function ownKafka(): Promise<{ server: KafkaServer; connection: KafkaConnection; topics: TopicAdmin }> {
  const server = await startKafka({ settings: { "broker.session.timeout.ms": "2000" } });
  onTestFinished(() => server.stop());
  const connection = { brokers: server.brokers, clientId: randomName("client"), logger: silentLogger };
  const topics = await connectTopicAdmin(connection);
  onTestFinished(() => topics.close());
  return { server, connection, topics };
}

export async function createTopic(partitions: number, config: Record<string, string> = {}): Promise<string> {
  const name = randomName("topic");
  await (await testAdmin()).ensureTopic({ name, partitions, config });
  return name;
}

/** Produces and waits until everything is acknowledged. */
export async function produce(records: readonly OutgoingRecord[]): Promise<void> {
  const channel = await openDeliveryChannel({
    connection: testConnection(),
    deadLetterTopic,
    registry: new Registry(),
  });
  for (const record of records) {
    channel.offer(record);
    if (channel.isFull) await channel.ready();
  }
  await channel.flush();
  await channel.close(1000);
}

export const text: Codec<string> = {
  encode: (value) => ({ bytes: value }),
  decode: (bytes) => bytes?.toString() ?? "",
};

export const json: Codec<unknown> = {
  encode: (value) => ({ bytes: JSON.stringify(value) }),
  decode: (bytes): unknown => JSON.parse(bytes?.toString() ?? ""),
};

export const number: Codec<number> = {
  encode: (value) => ({ bytes: String(value) }),
  decode: (bytes) => {
    const value = Number(bytes?.toString());
    if (Number.isNaN(value)) throw new Error(`${bytes?.toString() ?? "nothing"} is no number`);
    return value;
  },
};

export function topicOf<V>(name: string, value: Codec<V>): Topic<string, V> {
  return { name, key: text, value };
}
