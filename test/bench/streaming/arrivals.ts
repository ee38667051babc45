import { openKafka } from "../cdc/servers.js";

export interface Arrival {
  readonly key: string;
  readonly partition: number;
  /** On this process' monotonic clock, in ms. */
  readonly at: number;
}

/** Tells of each record of a topic as soon as kafkajs hands it over. @returns what ends it. */
export async function watchArrivals(
  brokers: string[],
  topic: string,
  onArrival: (arrival: Arrival) => void,
): Promise<() => Promise<void>> {
  const consumer = openKafka(brokers).consumer({ groupId: `${topic}.arrivals` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    // A commit behind each fetch would delay the next one.
    autoCommit: false,
    eachBatch: ({ batch: { partition, messages } }) => {
      const at = performance.now();
      for (const { key } of messages) onArrival({ key: key?.toString() ?? "", partition, at });
      return Promise.resolve();
    },
  });
  return () => consumer.disconnect();
}
