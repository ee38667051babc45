import { startKafka } from "@freshet/local-stack/kafka";
import type { Admin } from "kafkajs";
import { until } from "../../support/until.js";
import { openKafka } from "../cdc/servers.js";

export const PARTITIONS = 6;

/** A Kafka of this benchmark alone. */
export interface Broker {
  readonly brokers: string[];
  readonly admin: Admin;
  /** Makes a topic, under a name that was never used. */
  createTopic(): Promise<string>;
  stop(): Promise<void>;
}

export async function startBroker(onProgress: (message: string) => void): Promise<Broker> {
  const kafka = await startKafka({ onProgress });
  const admin = openKafka(kafka.brokers).admin();
  await admin.connect();
  let topics = 0;
  return {
    brokers: kafka.brokers,
    admin,
    createTopic: async () => {
      const topic = `bench.${++topics}`;
      // kafkajs' own waiting gives up when the broker doesn't know the new topic at once.
      await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: false });
      const isReady = async () => (await admin.fetchTopicOffsets(topic)).length === PARTITIONS;
      await until(isReady, { what: `${topic} has leaders`, timeoutMs: CREATE_TIMEOUT_MS });
      return topic;
    },
    stop: async () => {
      await admin.disconnect();
      await kafka.stop();
    },
  };
}

const CREATE_TIMEOUT_MS = 60_000;
